"""Grade-adjusted pace as its users apply it: the athlete's own pace on the flat times a factor per gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.activities import Outing
from benchmarks.baselines.history import NEWEST_OF_KIND, Memory, OfHistory
from benchmarks.baselines.scaled import RouteFormula
from kernel.tracks.track import FloatArray

FLAT_GRADIENT: Final = 0.03
_FEWEST_FLAT_SPLITS: Final = 5


@dataclass(frozen=True, slots=True)
class FromFlatPace(OfHistory):
    """A formula of relative pace (1 on the flat), times the median pace of flat kilometres."""

    formula: RouteFormula
    memory: Memory = NEWEST_OF_KIND

    def seconds(self, past: Sequence[Outing], target: Outing) -> float:
        """Whole activities set the flat pace where fewer than five kilometres were flat."""
        flat_s_per_km = flat_paces_s_per_km(past)
        if len(flat_s_per_km) >= _FEWEST_FLAT_SPLITS:
            s_per_m = float(np.median(flat_s_per_km)) / 1000.0
        else:
            s_per_m = float(np.median([outing.moving_s / self.formula(outing.route) for outing in past]))
        return s_per_m * self.formula(target.route)


def flat_paces_s_per_km(past: Sequence[Outing]) -> FloatArray:
    """Paces of the kilometres within 3 % of level."""
    splits = [outing.splits for outing in past]
    return np.concatenate([one.s_per_km[np.abs(one.gradient) < FLAT_GRADIENT] for one in splits] or [np.empty(0)])
