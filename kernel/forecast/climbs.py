"""Whole climbs, as somebody who runs them would name and count them.

A course turns where it goes the other way by a share of all that it climbs: what is less is a dip on the way up, and so
is what is soon over. Between two turns the climb is the part that rises most above an even slope of 2 %, so that
neither the flat valley before it nor the flat ridge after it belongs to it, and a short flat inside does not end it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.forecast.splits import SplitForecast, Stretches
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


def climbs_of(route: RouteGeometry, stretches: Stretches) -> tuple[ClimbForecast, ...]:
    """The climbs of a route in order: at least 30 m, and 3 % of all that it climbs, between a low and a high."""
    least_m = max(_LEAST_M, _LEAST_SHARE * route.gain_m)
    height_m, at_m = route.elevation_m, route.distance_m
    rises = _rises(height_m, max(_DIP_M, _DIP_SHARE * route.gain_m))
    above_m = height_m - _LEVEL * at_m
    found = [_core(above_m, *rise) for rise in _joined(rises, at_m, height_m)]
    climbs = [(low, high) for low, high in found if height_m[high] - height_m[low] >= least_m]
    if not climbs:
        return ()
    ends = np.array(climbs)
    ends_m = at_m[ends]
    marks = np.array(sorted({0.0, route.length_m, *ends_m.ravel().tolist()}))
    gradient = np.diff(height_m[ends], axis=1) / np.diff(ends_m, axis=1)
    cut = [list(column) for column in stretches.cut(marks).columns()]
    rows = np.searchsorted(marks, ends_m[:, 0]).tolist()
    columns = ([column[row] for row in rows] for column in cut)
    return tuple(map(ClimbForecast, *columns, gradient.ravel().tolist()))


def _rises(height_m: FloatArray, least_m: float) -> list[tuple[int, int]]:
    """The lows and highs between which a profile rises by `least_m`, turning by at least that at each end."""
    turns = _turning_points(height_m)
    rises: list[tuple[int, int]] = []
    low, lowest_m = high, highest_m = 0, float(height_m[0])
    rising = False
    for at, height in zip(turns.tolist(), height_m[turns].tolist(), strict=True):
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


def _turning_points(height_m: FloatArray) -> NDArray[np.intp]:
    """Where a profile goes the other way, the first point of what is level there, and where it last moved."""
    step_m = height_m[1:] - height_m[:-1]
    (moves,) = step_m.nonzero()
    if not len(moves):
        return moves
    up = step_m[moves] > 0
    (before,) = (up[1:] != up[:-1]).nonzero()
    turns: NDArray[np.intp] = moves[np.concatenate((before, (len(moves) - 1,)))] + 1
    return turns


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


def _core(above_m: FloatArray, low: int, high: int) -> tuple[int, int]:
    """The part between two indices that rises most above an even gentle slope, `above_m` of which each point lies."""
    above = above_m[low : high + 1]
    end = int((above - np.minimum.accumulate(above)).argmax())
    # looked for backwards, as it begins where it is lowest for the last time
    return low + end - int(above[end::-1].argmin()), low + end
