"""Moving time as a + of kilometres, metres up and metres down, by least squares per athlete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from benchmarks.activities import Outing, outings_of, target_of
from benchmarks.baselines.history import NEWEST_OF_KIND, History, Memory
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

_RIDGE: Final = 1.0
_METRES_OF_FLAT_PER_METRE_UP: Final = 8.0
_TYPICAL_SHARE: Final = np.array([1.0, 0.03, 0.03])


@dataclass(frozen=True, slots=True)
class KmGainLoss:
    """Least squares of relative errors."""

    memory: Memory = NEWEST_OF_KIND

    def fit(self, history: History) -> list[Outing]:
        """The history itself; the coefficients depend on the target's kind."""
        return outings_of(history)

    def predict(
        self, model: list[Outing], d: FloatArray, ele: FloatArray, sport: str, shape: Mapping[str, Any]
    ) -> float:
        """Seconds of moving time."""
        target = target_of(d, ele, sport, shape)
        past = self.memory.of(model, target.kind)
        return float(_terms(target.route) @ coefficients(past))


def coefficients(past: Sequence[Outing]) -> FloatArray:
    """Seconds per metre along, up and down that make the squares of relative errors least.

    A ridge worth little from ten activities on pulls few ones to the athlete's pace by Naismith's rule as Scarf reads
    it: a metre up takes as long as eight along.
    """
    terms = np.array([_terms(outing.route) for outing in past])
    moving_s = np.array([outing.moving_s for outing in past])
    usual = np.array([1.0, _METRES_OF_FLAT_PER_METRE_UP, 0.0])
    usual *= np.median(moving_s / (terms @ usual))
    unit = usual[0] / _TYPICAL_SHARE
    rows = terms / moving_s[:, None] * unit
    missing = 1.0 - terms @ usual / moving_s
    found: FloatArray = usual + unit * np.linalg.solve(rows.T @ rows + _RIDGE * np.eye(3), rows.T @ missing)
    return found


def _terms(route: RouteGeometry) -> FloatArray:
    return np.array([route.length_m, route.gain_m, route.loss_m])
