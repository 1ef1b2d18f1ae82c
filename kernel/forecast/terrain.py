"""The route cut where the ground changes its character."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from kernel.contracts.prediction import GroundKind
from kernel.forecast.splits import SplitForecast, Stretches
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

SHORTEST_M: Final = 300.0
"""No stretch is shorter, unless the route is."""

_SLOPING: Final = 0.03
_STEEP: Final = 0.12
_LIMITS: Final = np.array([_SLOPING, _STEEP])
_ALIKE: Final = 0.05
_WINDOW_M: Final = 300.0
_KINDS: Final[tuple[GroundKind, ...]] = ("flat", "rolling", "climb", "descent")


class TerrainForecast(SplitForecast, frozen=True, gc=False):
    """A stretch of one character, otherwise a split like any other; `gradient` is its net rise over its length."""

    kind: GroundKind
    gradient: float


class _Run(msgspec.Struct, gc=False):
    """Neighbouring segments that belong together, while they are being merged."""

    level: int
    first: int
    length_m: float
    rise_m: float
    gradient: float

    def take(self, after: _Run) -> None:
        """Makes the next run part of this one."""
        if after.length_m > self.length_m:
            self.level = after.level
        self.length_m += after.length_m
        self.rise_m += after.rise_m
        self.gradient = self.rise_m / self.length_m


def terrain_of(route: RouteGeometry, stretches: Stretches) -> tuple[TerrainForecast, ...]:
    """The route as climbs, descents, flats and rolling ground of 300 m or more; their medians add up to the route's.

    Gradients are averaged over 300 m and sorted into steep and gentle climbs and descents and the rest, from 3 and 12 %
    on. Neighbours of one sort are one stretch, so are those whose gradients differ by less than 5 points on the same
    side of level, and what is shorter than 300 m joins the neighbour it is more like. Level stretches with as much up
    and down as a slope of 3 % are rolling.
    """
    edges = stretches.edges_m
    inner = np.array([run.first for run in _merged(_runs(route))[1:]], dtype=np.intp)
    marks = np.concatenate(([0.0], edges[inner], [route.length_m]))
    length_m = np.diff(marks)
    gradient = np.diff(np.interp(marks, route.distance_m, route.elevation_m)) / length_m
    cut = stretches.cut(marks)
    rolling = cut.gain_m + cut.loss_m >= _SLOPING * length_m
    sort = np.where(np.abs(gradient) < _SLOPING, rolling, np.where(gradient > 0, 2, 3))
    kinds = [_KINDS[each] for each in sort.tolist()]
    return tuple(map(TerrainForecast, *cut.columns(), kinds, gradient.tolist()))


def _runs(route: RouteGeometry) -> list[_Run]:
    """Neighbouring segments of one sort, by gradients averaged over the window."""
    length = route.segment_length_m
    smooth = _averaged(route.gradient, round(_WINDOW_M / float(length[0])))
    steep = np.searchsorted(_LIMITS, np.abs(smooth), side="right")
    level = np.where(smooth < 0, -steep, steep)
    first = np.concatenate(([0], (level[1:] != level[:-1]).nonzero()[0] + 1))
    metres, risen = (np.add.reduceat(each, first) for each in (length, length * route.gradient))
    columns = (level[first], first, metres, risen, risen / metres)
    return list(map(_Run, *(column.tolist() for column in columns)))


def _averaged(gradient: FloatArray, window: int) -> FloatArray:
    """Mean over `window` segments around each, fewer at the ends."""
    half = max(0, window // 2)
    so_far = np.concatenate(([0.0], np.cumsum(gradient)))
    index = np.arange(len(gradient))
    low, high = np.maximum(index - half, 0), np.minimum(index + half + 1, len(gradient))
    mean: FloatArray = (so_far[high] - so_far[low]) / (high - low)
    return mean


def _merged(runs: list[_Run]) -> list[_Run]:
    done: list[_Run] = []
    for run in runs:
        if done and done[-1].length_m < SHORTEST_M - 1.0:
            _settle(done, run)
        while done and _alike(done[-1], run):
            before = done.pop()
            before.take(run)
            run = before  # noqa: PLW2901 - what it became part of
        done.append(run)
    if len(done) > 1 and done[-1].length_m < SHORTEST_M - 1.0:
        last = done.pop()
        done[-1].take(last)
    return done


def _settle(done: list[_Run], coming: _Run) -> None:
    """Lets the last run, which is too short, join what is before or after it, whichever it is more like."""
    short = done.pop()
    after = abs(short.gradient - coming.gradient)
    if done and abs(short.gradient - done[-1].gradient) <= after:
        done[-1].take(short)
        return
    level = coming.level
    coming.first = short.first
    coming.take(short)
    coming.level = level


def _alike(a: _Run, b: _Run) -> bool:
    return a.level == b.level or (a.level * b.level > 0 and abs(a.gradient - b.gradient) < _ALIKE)
