"""Where somebody stood while their receiver wandered: such points are no way."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.distance import cumulative_m, local_plane_m
from kernel.tracks.motion import FASTEST_M_PER_S, moving_steps
from kernel.tracks.track import FloatArray, Track

_WANDER_M: Final = 50.0
_FEWEST: Final = 4
_SHORTEST_S: Final = 20.0
_CIRCLE_M: Final = 15.0
_CIRCLE_S: Final = 120.0
_CIRCLE_WAY_M: Final = 200.0
_CIRCLE_POINTS: Final = 30
_CIRCLE_STEPS: Final = 4
_WIDE_M: Final = 50.0
_WIDE_WAY_M: Final = 600.0
_WIDE_POINTS: Final = 20
_MOST: Final = 0.9
_TOGETHER: Final = 4
_RESTLESS: Final = 0.6
"""Share of so many steps that leads away: nearly 1 of whoever goes, 0.25 of positions that err independently."""
_PLAUSIBLE: Final = 0.98


class _Circle(NamedTuple):
    """How wide it is, what is spent within it, and by how many points; `restless`: going to and fro."""

    radius_m: float
    spend: float
    fewest: int
    restless: bool = False

    def holds(self, east_m: FloatArray, north_m: FloatArray) -> bool:
        """Whether these points are within it, around where most of them are; of restless ones, nine in ten."""
        off_m = np.hypot(east_m - float(np.median(east_m)), north_m - float(np.median(north_m)))
        if not self.restless:
            return float(off_m.max()) <= self.radius_m
        return float(np.quantile(off_m, _MOST)) <= self.radius_m and _is_restless(east_m, north_m)


def standing(track: Track) -> NDArray[np.bool_]:
    """Which points were recorded standing; the first of each stop is none of them.

    With times, where no way was made for 20 s or more within 50 m, or 2 minutes were spent within 15 m. Without, where
    30 points or more and 200 m of way stay within 15 m, or 600 m within 50 m that lead to and fro, as no laps do.
    """
    plane = local_plane_m(track.lat_deg, track.lon_deg)
    if track.time_s is not None and _told_by_a_clock(track.time_s, plane):
        return _without_way(track.time_s, plane) | _within_circle(plane, track.time_s, _Circle(_CIRCLE_M, _CIRCLE_S, 2))
    way_m = cumulative_m(np.hypot(*(np.diff(axis) for axis in plane)))
    near = _within_circle(plane, way_m, _Circle(_CIRCLE_M, _CIRCLE_WAY_M, _CIRCLE_POINTS))
    wide = _Circle(_WIDE_M, _WIDE_WAY_M, _WIDE_POINTS, restless=True)
    return near | _within_circle(plane, way_m, wide)


def without_wandering(
    time_s: FloatArray, steps_m: FloatArray, elevation_m: FloatArray, plane: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """Step lengths of a recording in which a stop of 20 s and more is as long as its ends lie apart.

    A receiver that wanders while its owner stands adds a way that nobody went. Times never fall.
    """
    moving = moving_steps(time_s, cumulative_m(steps_m), elevation_m, plane)
    shorter = steps_m.copy()
    for start, stop in _runs(~moving):
        wandered_m = float(steps_m[start:stop].sum())
        apart_m = float(np.hypot(*(axis[stop] - axis[start] for axis in plane)))
        if stop - start >= _FEWEST and time_s[stop] - time_s[start] >= _SHORTEST_S and wandered_m > apart_m:
            shorter[start:stop] *= apart_m / wandered_m
    return shorter


def _told_by_a_clock(time_s: FloatArray, plane: tuple[FloatArray, FloatArray]) -> bool:
    """Whether the times are those of a recording: they run on, at speeds that people have."""
    step_s, step_m = np.diff(time_s), np.hypot(*(np.diff(axis) for axis in plane))
    if (step_s < 0).any() or time_s[-1] <= time_s[0]:
        return False
    return float(np.mean(step_m <= FASTEST_M_PER_S * step_s + 1.0)) >= _PLAUSIBLE


def _without_way(time_s: FloatArray, plane: tuple[FloatArray, FloatArray]) -> NDArray[np.bool_]:
    distance_m = cumulative_m(np.hypot(*(np.diff(axis) for axis in plane)))
    moving = moving_steps(time_s, distance_m, np.zeros(len(time_s)), plane)
    stood = np.zeros(len(time_s), dtype=np.bool_)
    for start, stop in _runs(~moving):
        if stop - start < _FEWEST or time_s[stop] - time_s[start] < _SHORTEST_S:
            continue
        within = slice(start, stop + 1)
        if all(float(np.ptp(axis[within])) <= 2 * _WANDER_M for axis in plane):
            stood[start + 1 : stop] = True
    return stood


def _within_circle(plane: tuple[FloatArray, FloatArray], spent: FloatArray, circle: _Circle) -> NDArray[np.bool_]:
    """Stretches that spend so much, in seconds or metres as `spent` counts, within one circle."""
    east_m, north_m = plane
    ends = np.searchsorted(spent, spent + circle.spend)
    stood = np.zeros(len(spent), dtype=np.bool_)
    first = np.flatnonzero((ends < len(spent)) & (ends - np.arange(len(spent)) >= circle.fewest))
    ends = ends[first]
    near = np.hypot(east_m[ends] - east_m[first], north_m[ends] - north_m[first]) <= 2 * circle.radius_m
    passed = 0
    for start, stop in zip(first[near].tolist(), ends[near].tolist(), strict=True):
        if start < passed:
            continue
        passed = start + (stop - start) // _CIRCLE_STEPS  # windows overlap, but not so much that a long stop takes long
        within = slice(start, stop + 1)
        if circle.holds(east_m[within], north_m[within]):
            stood[start + 1 : stop + 1] = True
    return stood


def _is_restless(east_m: FloatArray, north_m: FloatArray) -> bool:
    """Whether a way leads to and fro rather than on."""
    step_m = np.hypot(np.diff(east_m), np.diff(north_m))
    way_m = np.convolve(step_m, np.ones(_TOGETHER), "valid")
    away_m = np.hypot(east_m[_TOGETHER:] - east_m[:-_TOGETHER], north_m[_TOGETHER:] - north_m[:-_TOGETHER])
    return float(away_m.sum()) < _RESTLESS * float(way_m.sum())


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First step of each run of true ones, and the step after its last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
