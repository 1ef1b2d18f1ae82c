"""Formulas scaled to the athlete: one number, the median ratio of moving time to what the formula says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from benchmarks.activities import Outing
from benchmarks.baselines.history import NEWEST_OF_KIND, Memory, OfHistory
from kernel.pace.formulas import naismith_s
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

RouteFormula = Callable[[RouteGeometry], float]


@dataclass(frozen=True, slots=True)
class ScaledFormula(OfHistory):
    """A formula of the whole route, in any unit of time."""

    formula: RouteFormula
    memory: Memory = NEWEST_OF_KIND

    def seconds(self, past: Sequence[Outing], target: Outing) -> float:
        """The formula's answer times the scale."""
        ratios = [outing.moving_s / self.formula(outing.route) for outing in past]
        return float(np.median(ratios)) * self.formula(target.route)


def of_relative_pace(relative_pace: Callable[[FloatArray], FloatArray]) -> RouteFormula:
    """The formula that adds up a pace at each 100 m segment's gradient."""

    @cache
    def formula(route: RouteGeometry) -> float:
        return float(route.segment_length_m @ relative_pace(route.gradient))

    return formula


@cache
def naismith_langmuir_s(route: RouteGeometry) -> float:
    """Naismith's rule with Langmuir's corrections, per 100 m segment."""
    return naismith_s(route.segment_length_m, route.gradient)


def constant_pace_s(route: RouteGeometry) -> float:
    """One second per metre."""
    return route.length_m
