"""What an outing has changed of what is known of an athlete, in shares of pace that a person can be told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from kernel.contracts.accuracy import Learned
from kernel.contracts.profile import CurvePoint

CLIMB_FROM: Final = 0.08
"""Gradients, as fractions: climbs are from here on, descents below its negative, and flat is within `FLAT_TO`."""
FLAT_TO: Final = 0.03


def learned_between(before: Sequence[CurvePoint], after: Sequence[CurvePoint]) -> Learned:
    """By what share the usual pace on the flat, on climbs and on descents differs between two curves of an athlete.

    Gradients count by their samples; those that nobody has measured on the athlete tell nothing, and what rests on
    them alone is None. -0.02 is 2 % less time.
    """
    known = {point.gradient: point.pace_s_per_km.p50 for point in before}
    both = [point for point in after if point.n > 0 and point.gradient in known]
    return Learned(
        flat=_change(known, [point for point in both if abs(point.gradient) <= FLAT_TO]),
        climbs=_change(known, [point for point in both if point.gradient >= CLIMB_FROM]),
        descents=_change(known, [point for point in both if point.gradient <= -CLIMB_FROM]),
    )


def _change(before: Mapping[float, float], after: Sequence[CurvePoint]) -> float | None:
    if not after:
        return None
    logs = [point.n * math.log(point.pace_s_per_km.p50 / before[point.gradient]) for point in after]
    return round(math.expm1(math.fsum(logs) / sum(point.n for point in after)), 4)
