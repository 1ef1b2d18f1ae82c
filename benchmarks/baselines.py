"""Simple predictors to stand beside: one number per athlete, the median ratio of moving time to what a formula says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.activities import outing_of
from kernel.pace.formulas import minetti_factor, strava_gap_factor, tobler_speed_km_h
from kernel.tracks.track import FloatArray

_LAST = 30


@dataclass(frozen=True, slots=True)
class ScaledFormula:
    """A predictor in the shape that the evaluation protocol asks for."""

    relative_pace: Callable[[FloatArray], FloatArray]

    def fit(self, history: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """The history itself; the scale depends on the target's kind."""
        return history

    def predict(
        self, model: Sequence[Mapping[str, Any]], d: FloatArray, ele: FloatArray, sport: str, shape: Mapping[str, Any]
    ) -> float:
        """Seconds of moving time."""
        target = outing_of({"d": d, "ele": ele, "sport": sport, "turn": shape.get("turn")})
        past = [outing_of(activity) for activity in model]
        same = [outing for outing in past if outing.kind == target.kind][-_LAST:] or past[-_LAST:]
        scale = np.median([outing.moving_s / self._formula_s(outing.route) for outing in same])
        return float(scale * self._formula_s(target.route))

    def _formula_s(self, route: Any) -> float:
        return float((route.segment_length_m * self.relative_pace(route.gradient)).sum())


BASELINES = {
    "constant pace": ScaledFormula(np.ones_like),
    "Tobler, scaled": ScaledFormula(lambda gradient: 1.0 / tobler_speed_km_h(gradient)),
    "Minetti, scaled": ScaledFormula(minetti_factor),
    "Strava GAP, scaled": ScaledFormula(strava_gap_factor),
}
