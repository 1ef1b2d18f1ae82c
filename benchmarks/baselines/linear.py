"""Moving time as a + of kilometres, metres up and metres down, by least squares per athlete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.activities import Outing
from benchmarks.baselines.history import NEWEST_OF_KIND, Memory, OfHistory
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

_RIDGE: Final = 1.0
_METRES_OF_FLAT_PER_METRE_UP: Final = 8.0
_TYPICAL_SHARE: Final = np.array([1.0, 0.03, 0.03])


@dataclass(frozen=True, slots=True)
class KmGainLoss(OfHistory):
    """Least squares of relative errors."""

    memory: Memory = NEWEST_OF_KIND

    def seconds(self, past: Sequence[Outing], target: Outing) -> float:
        """The coefficients times the route's kilometres and metres."""
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
