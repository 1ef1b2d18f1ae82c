"""Rules that tell moving from standing, and a real fix from a bogus one."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.distance import local_plane_m, step_lengths_m
from kernel.tracks.track import FloatArray, Track

FASTEST_M_PER_S: Final = 12.0
SLOWEST_M_PER_S: Final = 0.25
"""The slowest movement on the flat: 1:07 h per km."""

_SLOWER_PER_GRADIENT: Final = 2.0
_STEEPEST: Final = 0.37
_AROUND_M: Final = 50.0
_ADVANCE_M: Final = 0.02
_WINDOW_S: Final = 10.0
_SHORTEST_STOP_S: Final = 10.0
_FIX_ERROR_M: Final = 50.0
_MOST_BOGUS: Final = 5


def slowest_m_per_s(gradient: FloatArray) -> FloatArray:
    """The speed below which a step counts as a stop, by the gradient there (rise over run).

    0.25 m/s on the flat, falling as speed itself does to 0.12 m/s at 37 % and beyond, up or down: in real recordings
    the median speed falls from 1.52 m/s on the flat to 0.89 at 20 %, 0.70 at 30 % and 0.62 at 42 %, about as
    exp(-2 |gradient|). docs/files.md has the measurement.
    """
    slowest: FloatArray = SLOWEST_M_PER_S * np.exp(-_SLOWER_PER_GRADIENT * np.minimum(np.abs(gradient), _STEEPEST))
    return slowest


def step_gradients(distance_m: FloatArray, elevation_m: FloatArray) -> FloatArray:
    """Rise over run in the 100 m around each step between points."""
    advances = np.concatenate(([True], np.diff(distance_m) > 0))
    at_m, height_m = distance_m[advances], elevation_m[advances]
    middle = (distance_m[1:] + distance_m[:-1]) / 2
    before, after = np.maximum(middle - _AROUND_M, at_m[0]), np.minimum(middle + _AROUND_M, at_m[-1])
    rise = np.interp(after, at_m, height_m) - np.interp(before, at_m, height_m)
    gradients: FloatArray = rise / np.maximum(after - before, 1.0)
    return gradients


def moving_steps(
    time_s: FloatArray,
    distance_m: FloatArray,
    elevation_m: FloatArray,
    plane_m: tuple[FloatArray, FloatArray] | None,
) -> NDArray[np.bool_]:
    """Which steps between points were spent moving.

    A step moves when its distance advances by more than 2 cm at `slowest_m_per_s` or more, so a gap of hours in which
    little was covered is a pause, and a slow steep climb is none. Where the path is known (`plane_m`: east and north),
    only steps of 10 s and more are judged so; the others move when the net displacement in the 20 s around them reaches
    that speed. A standing receiver jitters, and a slow walker's fixes of every second often show no advance at all. If
    the displacement falls short for less than 10 s, that was a turn and no stop.
    """
    step_s, step_m = np.diff(time_s), np.diff(distance_m)
    slowest = slowest_m_per_s(step_gradients(distance_m, elevation_m))
    slow = (step_m <= _ADVANCE_M) | (step_m < slowest * step_s)
    if plane_m is None:
        return ~slow
    middle = (time_s[:-1] + time_s[1:]) / 2
    before, after = np.maximum(middle - _WINDOW_S, time_s[0]), np.minimum(middle + _WINDOW_S, time_s[-1])
    east, north = (np.interp(after, time_s, axis) - np.interp(before, time_s, axis) for axis in plane_m)
    still = np.hypot(east, north) < slowest * (after - before)
    return ~(slow & (step_s >= _SHORTEST_STOP_S)) & ~_long_runs(still, step_s)


def nondecreasing(time_s: FloatArray) -> FloatArray:
    """Times that never fall.

    The longest non-decreasing selection is kept as recorded, whatever contradicts it (a clock set back, a bogus first
    or middle fix) lies evenly between its kept neighbours.
    """
    if not (np.diff(time_s) < 0).any():
        return time_s
    tails: list[float] = []
    tail_at: list[int] = []
    came_from: list[int] = []
    for index, moment in enumerate(time_s.tolist()):
        rank = bisect_right(tails, moment)
        came_from.append(tail_at[rank - 1] if rank else -1)
        tails[rank : rank + 1] = [moment]
        tail_at[rank : rank + 1] = [index]
    kept = [tail_at[-1]]
    while (earlier := came_from[kept[-1]]) >= 0:
        kept.append(earlier)
    kept.reverse()
    return np.interp(np.arange(len(time_s)), kept, time_s[kept])


def without_jumps(time_s: FloatArray, track: Track) -> tuple[FloatArray, FloatArray, Track]:
    """Times, step lengths and the track without fixes farther off than 12 m/s and 50 m of error can explain.

    After five such fixes in a row the new place is believed: a transfer, whose own distance counts as none.
    """
    steps_m = step_lengths_m(track.lat_deg, track.lon_deg)
    if not (steps_m > FASTEST_M_PER_S * np.diff(time_s) + _FIX_ERROR_M).any():
        return time_s, steps_m, track
    kept, transfers = _believed(time_s, *local_plane_m(track.lat_deg, track.lon_deg))
    cleaned = replace(
        track,
        lat_deg=track.lat_deg[kept],
        lon_deg=track.lon_deg[kept],
        elevation_m=None if track.elevation_m is None else track.elevation_m[kept],
        time_s=time_s[kept],
    )
    steps_m = step_lengths_m(cleaned.lat_deg, cleaned.lon_deg)
    steps_m[transfers] = 0.0
    return time_s[kept], steps_m, cleaned


def _believed(time_s: FloatArray, east_m: FloatArray, north_m: FloatArray) -> tuple[list[int], list[int]]:
    """Indices of the fixes kept, and numbers of the steps between them that are transfers."""
    kept, transfers = [0], []
    skipped = 0
    fixes = list(zip(time_s.tolist(), east_m.tolist(), north_m.tolist(), strict=True))
    for index, (moment, east, north) in enumerate(fixes[1:], start=1):
        last_moment, last_east, last_north = fixes[kept[-1]]
        reach_m = FASTEST_M_PER_S * (moment - last_moment) + _FIX_ERROR_M
        jumps = math.hypot(east - last_east, north - last_north) > reach_m
        if jumps and skipped < _MOST_BOGUS and index < len(fixes) - 1:
            skipped += 1
            continue
        if jumps:
            transfers.append(len(kept) - 1)
        kept.append(index)
        skipped = 0
    return kept, transfers


def _long_runs(still: NDArray[np.bool_], step_s: FloatArray) -> NDArray[np.bool_]:
    """`still` without the runs that last less than a stop does."""
    changes = np.flatnonzero(np.diff(still)) + 1
    starts = np.concatenate(([0], changes))
    lasts_s = np.add.reduceat(step_s, starts)
    run = np.zeros(len(still), dtype=np.intp)
    run[changes] = 1
    return still & (lasts_s >= _SHORTEST_STOP_S)[np.cumsum(run)]
