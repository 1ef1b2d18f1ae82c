"""Whole climbs, as somebody who runs them would name and count them.

A course turns where it goes the other way by a share of all that it climbs: what is less is a dip on the way up, and so
is what is soon over. Between two turns the climb is the part that rises most above an even slope of 2 %, so that
neither the flat valley before it nor the flat ridge after it belongs to it, and a short flat inside does not end it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from kernel.forecast.relief import Indices, Relief
from kernel.forecast.splits import Cut, SplitForecast
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

_LEAST_M: Final = 30.0
_LEAST_SHARE: Final = 0.03
_DIP_M: Final = 20.0
_DIP_SHARE: Final = 0.015
"""Of all that a course climbs."""
_DIP_LENGTH_SHARE: Final = 0.01
"""Of its length. With these UTMB has the ten climbs that its runners count, and a hilly 50 km its hills."""
_LEVEL: Final = 0.02


class ClimbForecast(SplitForecast, frozen=True, gc=False):
    """A climb, otherwise a split like any other; `gradient` is its net rise over its length."""

    gradient: float


def climbs_on(relief: Relief) -> Indices:
    """The points of the grid between which each climb lies (rows), in order.

    It rises by at least 30 m, and 3 % of all that the route climbs.
    """
    route, height_m = relief.route, relief.route.elevation_m
    least_m = max(_LEAST_M, _LEAST_SHARE * route.gain_m)
    rises = _joined(_rises(relief, max(_DIP_M, _DIP_SHARE * route.gain_m)), route.distance_m, height_m)
    # a core rises no more than what it is the core of, and most rises are less than is looked for
    high_enough = [rise for rise in rises if _rise_m(height_m, *rise) >= least_m]
    above_m = height_m - _LEVEL * route.distance_m
    cores = (_core(above_m, *rise) for rise in high_enough)
    ends: Indices = np.array([core for core in cores if _rise_m(height_m, *core) >= least_m], dtype=np.intp)
    return ends.reshape(-1, 2)


def climb_marks(route: RouteGeometry, ends: Indices) -> FloatArray:
    """Where climbs begin and end, and the route does."""
    return np.array(sorted({0.0, route.length_m, *route.distance_m[ends].ravel().tolist()}))


def climbs_of(route: RouteGeometry, ends: Indices, cut: Cut) -> tuple[ClimbForecast, ...]:
    """The climbs between these ends, out of a route that was cut at their marks."""
    ends_m = route.distance_m[ends]
    gradient = np.diff(route.elevation_m[ends], axis=1) / np.diff(ends_m, axis=1)
    rows = cut.marks_m.searchsorted(ends_m[:, 0]).tolist()
    columns = ([column[row] for row in rows] for column in cut.columns())
    return tuple(map(ClimbForecast, *columns, gradient.ravel().tolist()))


def _rises(relief: Relief, least_m: float) -> list[tuple[int, int]]:
    """The lows and highs between which a route rises by `least_m`, turning by at least that at each end."""
    turns, heights_m = relief.turns.tolist(), relief.begun.height_m.tolist()
    rises: list[tuple[int, int]] = []
    low, lowest_m = high, highest_m = 0, heights_m[0]
    rising = False
    for at, height in zip(turns, heights_m[1:], strict=True):
        if rising:
            if height > highest_m:
                high, highest_m = at, height
            elif highest_m - height >= least_m:
                rises.append((low, high))
                low, lowest_m, rising = at, height, False
        elif height < lowest_m:
            low, lowest_m = at, height
        elif height - lowest_m >= least_m:
            high, highest_m, rising = at, height, True
    if rising:
        rises.append((low, high))
    return rises


def _joined(rises: list[tuple[int, int]], at_m: FloatArray, height_m: FloatArray) -> list[tuple[int, int]]:
    """Rises between which the way down is short are one, where the second goes higher than the first."""
    short_m = _DIP_LENGTH_SHARE * float(at_m[-1])
    joined: list[tuple[int, int]] = []
    for low, high in rises:
        if joined:
            first, top = joined[-1]
            if at_m[low] - at_m[top] <= short_m and height_m[high] > height_m[top] and height_m[low] > height_m[first]:
                joined[-1] = (first, high)
                continue
        joined.append((low, high))
    return joined


def _rise_m(height_m: FloatArray, low: int, high: int) -> float:
    return float(height_m[high] - height_m[low])


def _core(above_m: FloatArray, low: int, high: int) -> tuple[int, int]:
    """The part between two indices that rises most above an even gentle slope, `above_m` of which each point lies."""
    above = above_m[low : high + 1]
    end = int((above - np.minimum.accumulate(above)).argmax())
    # looked for backwards, as it begins where it is lowest for the last time
    return low + end - int(above[end::-1].argmin()), low + end
