"""The route cut where the ground changes its character."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

import numpy as np

from kernel.contracts.prediction import GroundKind
from kernel.forecast.splits import Cut, SplitForecast
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

SHORTEST_M: Final = 300.0
"""No stretch is shorter, unless the route is."""
_SHORT_M: Final = SHORTEST_M - 1.0

_SLOPING: Final = 0.03
_STEEP: Final = 0.12
_ALIKE: Final = 0.05
_WINDOW_M: Final = 300.0
_KINDS: Final[tuple[GroundKind, ...]] = ("flat", "rolling", "climb", "descent")


class TerrainForecast(SplitForecast, frozen=True, gc=False):
    """A stretch of one character, otherwise a split like any other; `gradient` is its net rise over its length."""

    kind: GroundKind
    gradient: float


_Run: TypeAlias = tuple[float, int, float, float, float]
"""Neighbouring segments that belong together: sort, first segment, length in metres, rise in metres, gradient."""
_BEFORE_ALL: Final[_Run] = (math.nan, 0, math.inf, math.nan, math.nan)
"""Long, and like nothing."""


def ground_marks(route: RouteGeometry) -> FloatArray:
    """Where the ground changes its character, between the route's start and its end.

    Gradients are averaged over 300 m and sorted into steep and gentle climbs and descents and the rest, from 3 and 12 %
    on. Neighbours of one sort are one stretch, so are those whose gradients differ by less than 5 points on the same
    side of level, and what is shorter than 300 m joins the neighbour it is more like.
    """
    inner = np.array([run[1] for run in _merged(_runs(route))[1:]], dtype=np.intp)
    return np.concatenate(([0.0], route.edges_m[inner], [route.length_m]))


def terrain_of(cut: Cut) -> tuple[TerrainForecast, ...]:
    """The route, cut at its `ground_marks`, as climbs, descents, flats and rolling ground of 300 m or more.

    Their medians add up to the route's. Level stretches with as much up and down as a slope of 3 % are rolling.
    """
    length_m = cut.marks_m[1:] - cut.marks_m[:-1]
    gradient = (cut.height_m[1:] - cut.height_m[:-1]) / length_m
    rolling = cut.gain_m + cut.loss_m >= _SLOPING * length_m
    sort = np.where(np.abs(gradient) < _SLOPING, rolling, np.where(gradient > 0, 2, 3))
    kinds = [_KINDS[each] for each in sort.tolist()]
    return tuple(map(TerrainForecast, *cut.columns(), kinds, gradient.tolist()))


def _runs(route: RouteGeometry) -> Iterator[_Run]:
    """Neighbouring segments of one sort, by gradients averaged over the window."""
    length = route.segment_length_m
    smooth = _averaged(route.gradient, round(_WINDOW_M / float(length[0])))
    sort = np.zeros(len(smooth), dtype=np.int8)
    for limit in (_SLOPING, _STEEP):
        sort += (smooth >= limit).view(np.int8)
        sort -= (smooth <= -limit).view(np.int8)
    first = np.concatenate(([0], (sort[1:] != sort[:-1]).nonzero()[0] + 1))
    metres, risen = (np.add.reduceat(each, first) for each in (length, length * route.gradient))
    columns = (sort[first], first, metres, risen, risen / metres)
    return zip(*(column.tolist() for column in columns), strict=True)


def _averaged(gradient: FloatArray, window: int) -> FloatArray:
    """Mean over `window` segments around each, fewer at the ends."""
    count = len(gradient)
    half = min(max(0, window // 2), count - 1)
    so_far = np.cumsum(gradient)
    padded = np.concatenate((np.zeros(half + 1), so_far, np.full(half, so_far[-1])))
    around = np.full(count, 2.0 * half + 1.0)
    around[:half] -= np.arange(half, 0.0, -1.0)
    around[count - half :] -= np.arange(1.0, half + 1.0)
    mean: FloatArray = (padded[2 * half + 1 :] - padded[:count]) / around
    return mean


def _merged(runs: Iterable[_Run]) -> list[_Run]:
    """The runs as stretches: none is short, and no two neighbours are alike."""
    done = [_BEFORE_ALL]
    for coming in runs:
        run, last = coming, done[-1]
        if last[2] < _SHORT_M:
            # what is too short joins what is before or after it, whichever it is more like
            before = done[-2]
            del done[-1]
            if abs(last[4] - before[4]) <= abs(last[4] - run[4]):
                done[-1] = _joined(before, last)
            else:
                run = (run[0], *_joined(last, run)[1:])
        while (same := done[-1][0]) == run[0] or (same * run[0] > 0 and abs(done[-1][4] - run[4]) < _ALIKE):
            run = _joined(done.pop(), run)
        done.append(run)
    if len(done) > 2 and done[-1][2] < _SHORT_M:
        last = done.pop()
        done[-1] = _joined(done[-1], last)
    return done[1:]


def _joined(run: _Run, after: _Run) -> _Run:
    """Both as one, of the sort of the longer one."""
    length_m, rise_m = run[2] + after[2], run[3] + after[3]
    return after[0] if after[2] > run[2] else run[0], run[1], length_m, rise_m, rise_m / length_m
