"""What of a recording was gone on foot: the legs between transfers that were not recorded, and vehicles that were.

A recording has holes: it was paused, or the receiver was in a tunnel. Whether the way between their ends was gone is
told by the distance the device counted, where it counted; else by the hole itself.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.track import FloatArray, Stretch

_INTERRUPTED_S: Final = 30.0
_INTERRUPTED_M: Final = 100.0
_HOLE_S: Final = 60.0
_HOLE_STEPS: Final = 8.0
_HOLE_M: Final = 200.0
_LONG_S: Final = 300.0
_LONG_M: Final = 500.0
_FASTER_THAN_USUAL: Final = 1.2
_STEEPEST_M_PER_S: Final = 0.45
_COUNTED: Final = 0.3

_CELL_S: Final = 10.0
_LONGEST_STEP_S: Final = 120.0
_USUAL_STEPS: Final = 2.0
_SPEED_CELLS: Final = 3
_LIFT_CELLS: Final = 6
VEHICLE_M_PER_S: Final = 7.0
"""Kept up for a minute in a straight line: 2:23 min/km."""
_LEAST_VEHICLE_CELLS: Final = 6
_LEAVES_M_PER_S: Final = 4.5
_LIFT_M_PER_S: Final = 0.75
"""Kept up for three minutes: 2,700 m of climb per hour; the best of the world climb 2,000."""
_LEAST_LIFT_CELLS: Final = 18
_LIFT_FORWARD_M_PER_S: Final = 0.8
_BETWEEN_VEHICLES_S: Final = 300.0


def transfers(
    time_s: FloatArray,
    steps_m: FloatArray,
    elevation_m: FloatArray | None,
    stretches: tuple[Stretch, ...],
    counted_m: FloatArray | None,
) -> NDArray[np.bool_]:
    """Which steps between points were not gone on foot, or nobody knows how.

    Of a hole in which a device counted distance, its word decides. Without it a place 100 m off after an interruption
    that the file tells of counts as a transfer. So does a hole of at least a minute that was crossed faster than the
    rest was gone, or climbed as nobody climbs, and any of five minutes and 500 m.
    """
    step_s = np.diff(time_s)
    going = (step_s > 0) & (steps_m > 0)
    if not going.any():
        return np.zeros(len(steps_m), dtype=np.bool_)
    usual_s, usual_m_per_s = float(np.median(step_s[going])), float(np.median(steps_m[going] / step_s[going]))
    resumed = np.zeros(len(steps_m), dtype=np.bool_)
    resumed[[one.start - 1 for one in stretches if 0 < one.start <= len(steps_m)]] = True
    paused = resumed & (step_s >= max(_INTERRUPTED_S, 3 * usual_s)) & (steps_m >= _INTERRUPTED_M)
    hole = (step_s >= max(_HOLE_S, _HOLE_STEPS * usual_s)) & (steps_m >= _HOLE_M)
    climb_m = np.zeros(len(steps_m)) if elevation_m is None else np.nan_to_num(np.diff(elevation_m))
    odd = hole & (steps_m > _FASTER_THAN_USUAL * usual_m_per_s * step_s)
    odd |= hole & (climb_m > _STEEPEST_M_PER_S * step_s)
    odd |= hole & (step_s >= _LONG_S) & (steps_m >= _LONG_M)
    if counted_m is None:
        return paused | odd
    told_m = np.diff(counted_m)
    known = np.isfinite(told_m) & (told_m >= 0)
    return np.where(known, (paused | hole) & (told_m < _COUNTED * steps_m), paused | odd)


def vehicle_steps(
    time_s: FloatArray, plane_m: tuple[FloatArray, FloatArray], elevation_m: FloatArray
) -> NDArray[np.bool_]:
    """Which steps were made in something that drives or lifts.

    It moves at 7 m/s or more for a minute, or climbs at 0.75 m/s for three; from there it reaches to where it is slower
    than 4.5 m/s, over stops of up to five minutes.
    """
    none = np.zeros(len(time_s) - 1, dtype=np.bool_)
    step_s = np.diff(time_s)
    # a tracker may tell where it is every ten minutes: then a long step is no pause
    longest_s = max(_LONGEST_STEP_S, _USUAL_STEPS * float(np.median(step_s)))
    clock_s = np.concatenate(([0.0], np.cumsum(np.minimum(step_s, longest_s))))
    cells_s = np.arange(0.0, clock_s[-1] + _CELL_S, _CELL_S)
    speed = _rate(cells_s, clock_s, plane_m, _SPEED_CELLS)
    climb = _lift(cells_s, clock_s, elevation_m)
    lifted = (climb >= _LIFT_M_PER_S) & (speed >= _LIFT_FORWARD_M_PER_S)
    core = _lasting(speed >= VEHICLE_M_PER_S, _LEAST_VEHICLE_CELLS) | _lasting(lifted, _LEAST_LIFT_CELLS)
    if not core.any():
        return none
    whole = _without_gaps(_reaching(core, speed >= _LEAVES_M_PER_S), int(_BETWEEN_VEHICLES_S / _CELL_S))
    middle_s = (clock_s[1:] + clock_s[:-1]) / 2
    return whole[np.clip(np.rint(middle_s / _CELL_S).astype(np.intp), 0, len(whole) - 1)]


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Begin and end of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _rate(cells_s: FloatArray, clock_s: FloatArray, plane_m: tuple[FloatArray, FloatArray], reach: int) -> FloatArray:
    """Speed of the straight way between the ends of a window around each cell."""
    before, after = cells_s - reach * _CELL_S, cells_s + reach * _CELL_S
    east, north = (np.interp(after, clock_s, axis) - np.interp(before, clock_s, axis) for axis in plane_m)
    lasts_s = np.minimum(after, clock_s[-1]) - np.maximum(before, 0.0)
    rate: FloatArray = np.hypot(east, north) / np.maximum(lasts_s, _CELL_S)
    return rate


def _lift(cells_s: FloatArray, clock_s: FloatArray, elevation_m: FloatArray) -> FloatArray:
    before, after = cells_s - _LIFT_CELLS * _CELL_S, cells_s + _LIFT_CELLS * _CELL_S
    rise_m = np.interp(after, clock_s, elevation_m) - np.interp(before, clock_s, elevation_m)
    lasts_s = np.minimum(after, clock_s[-1]) - np.maximum(before, 0.0)
    rate: FloatArray = rise_m / np.maximum(lasts_s, _CELL_S)
    return rate


def _lasting(mask: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    kept = np.zeros_like(mask)
    for begin, end in runs(mask):
        kept[begin:end] = end - begin >= least
    return kept


def _reaching(core: NDArray[np.bool_], near: NDArray[np.bool_]) -> NDArray[np.bool_]:
    reached = core.copy()
    for begin, end in runs(core | near):
        reached[begin:end] = core[begin:end].any()
    return reached


def _without_gaps(mask: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """Short gaps between runs, and before the first and after the last, are of them too."""
    filled = mask.copy()
    for begin, end in runs(~mask):
        filled[begin:end] = end - begin <= most and (begin > 0 or end < len(mask))
    return filled
