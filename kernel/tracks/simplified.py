"""Lines of which a program has kept the corners alone: how far aside of them the way ran, and how much longer it is.

The rule of Douglas and Peucker (1973) keeps a point where it lies farther than a tolerance from the line without it.
So hardly any point of such a line lies nearer to the line between its neighbours than the tolerance, and half of them
lie within twice of it: no other line has so little of small bends. What the way has lost of its length is as much as
it loses when the rule is applied once more with twice the tolerance.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from kernel.tracks.findings import Finding
from kernel.tracks.track import FloatArray
from kernel.tracks.turn import simplify

_FEWEST: Final = 50
_NEAREST: Final = 5.0
"""Percentile of the points' distances from the line between their neighbours that tells the tolerance."""
_LEAST_M: Final = 2.0
_MOST_M: Final = 7.0
"""Organisers publish lines simplified by 8 and 15 m, and tell their checkpoints along them: those stay as they are."""
_NARROW: Final = 2.6
"""Half of the points lie within so many tolerances: 1.9 to 2.4 on seven race courses that were simplified by 3 to 20 m,
2.65 and more where they were not."""
_MOST: Final = 0.1


class Simplified(NamedTuple):
    """By what factor the way is longer than the line, and what is said of it."""

    length: float
    findings: tuple[Finding, ...]


def of_simplified(plane: tuple[FloatArray, FloatArray]) -> Simplified | None:
    """What a line (east and north in metres) has lost of its way; None for one not simplified by 2 to 7 m."""
    if len(plane[0]) < _FEWEST:
        return None
    aside_m = _aside_m(plane)
    tolerance_m, middle_m = np.percentile(aside_m, (_NEAREST, 50.0)).tolist()
    if not _LEAST_M <= tolerance_m <= _MOST_M or middle_m > _NARROW * tolerance_m:
        return None
    coarser = simplify(*plane, tolerance_m=2.0 * tolerance_m)
    length_m = _length_m(plane)
    lost = min(1.0 - _length_m((plane[0][coarser], plane[1][coarser])) / length_m, _MOST)
    figures = {"aside_m": round(tolerance_m, 1), "shorter_percent": round(100.0 * lost, 1)}
    return Simplified(1.0 + lost, (Finding("simplified_line", figures),))


def _aside_m(plane: tuple[FloatArray, FloatArray]) -> FloatArray:
    """How far each inner point lies from the line through its neighbours."""
    (east, north), (over_east, over_north) = plane, (axis[2:] - axis[:-2] for axis in plane)
    across = over_east * (north[1:-1] - north[:-2]) - over_north * (east[1:-1] - east[:-2])
    aside_m: FloatArray = np.abs(across) / np.maximum(np.hypot(over_east, over_north), 1e-9)
    return aside_m


def _length_m(plane: tuple[FloatArray, FloatArray]) -> float:
    return float(np.hypot(np.diff(plane[0]), np.diff(plane[1])).sum())
