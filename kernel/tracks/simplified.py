"""Lines of which a program has kept the corners alone: how far aside of them the way ran, and how much longer it is.

The rule of Douglas and Peucker (1973) keeps a point where it lies farther than a tolerance from the line without it.
So hardly any point of such a line lies nearer to the line between its neighbours than the tolerance, and half of them
lie within twice of it: no other line has so little of small bends. What the way has lost of its length is about as
much as it loses when the rule is applied once more with twice the tolerance.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from kernel.tracks.findings import Finding
from kernel.tracks.hidden import Hidden
from kernel.tracks.track import FloatArray
from kernel.tracks.turn import simplify

_FEWEST: Final = 50
_NEAREST: Final = 5.0
"""Percentile of the points' distances from the line between their neighbours that tells the tolerance."""
_LEAST_M: Final = 2.0
_TOLD_M: Final = 7.0
_MOST_M: Final = 30.0
"""Organisers publish lines simplified by 8 and 15 m, and tell their checkpoints along them: those distances stay."""
_NARROW: Final = 2.6
"""Half of the points lie within so many tolerances: 1.9 to 2.4 on seven race courses that were simplified by 3 to 20 m,
2.65 and more where they were not."""
_MOST: Final = 0.1

_TOLERANCES_M: Final = (2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 30.0)
_BENDS: Final = (0.5, 0.7, 0.93, 1.07, 1.15, 1.3, 1.5)
"""Loss of length at a tolerance, over the further loss at twice as much: medians of seven race courses (42 to 175 km).
"""
_RIPPLES: Final = (0.7, 0.9, 1.35, 1.9, 1.9, 1.95, 2.0)
"""The same of the climb."""
_EFFORT: Final = (0.55, 0.8, 1.0, 1.4, 1.4, 1.45, 1.5)
"""The same of the time by the common curve."""


class Simplified(NamedTuple):
    """By what factor the way is longer than the line, whether distances stay those of the line, and what is lost."""

    length: float
    as_told: bool
    hidden: Hidden
    findings: tuple[Finding, ...]


def of_simplified(plane: tuple[FloatArray, FloatArray]) -> Simplified | None:
    """What a line (east and north in metres) has lost of its way; None for one not simplified by 2 to 30 m."""
    if len(plane[0]) < _FEWEST:
        return None
    aside_m = _aside_m(plane)
    tolerance_m, middle_m = np.percentile(aside_m, (_NEAREST, 50.0)).tolist()
    if not _LEAST_M <= tolerance_m <= _MOST_M or middle_m > _NARROW * tolerance_m:
        return None
    bends, climb, effort = (
        float(np.interp(tolerance_m, _TOLERANCES_M, table)) for table in (_BENDS, _RIPPLES, _EFFORT)
    )
    coarser = simplify(*plane, tolerance_m=2.0 * tolerance_m)
    further = 1.0 - _length_m((plane[0][coarser], plane[1][coarser])) / _length_m(plane)
    lost, as_told = min(bends * further, _MOST), tolerance_m > _TOLD_M
    return Simplified(
        1.0 + lost, as_told, Hidden((coarser,), (), climb, effort, _MOST), (_found(tolerance_m, lost, as_told=as_told),)
    )


def _found(tolerance_m: float, lost: float, *, as_told: bool) -> Finding:
    aside_m, percent = round(tolerance_m, 1), round(100.0 * lost, 1)
    if as_told:
        return Finding("bends_cut", {"aside_m": aside_m, "longer_percent": percent})
    return Finding("simplified_line", {"aside_m": aside_m, "shorter_percent": percent})


def _aside_m(plane: tuple[FloatArray, FloatArray]) -> FloatArray:
    """How far each inner point lies from the line through its neighbours."""
    (east, north), (over_east, over_north) = plane, (axis[2:] - axis[:-2] for axis in plane)
    across = over_east * (north[1:-1] - north[:-2]) - over_north * (east[1:-1] - east[:-2])
    aside_m: FloatArray = np.abs(across) / np.maximum(np.hypot(over_east, over_north), 1e-9)
    return aside_m


def _length_m(plane: tuple[FloatArray, FloatArray]) -> float:
    return float(np.hypot(np.diff(plane[0]), np.diff(plane[1])).sum())
