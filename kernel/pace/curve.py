"""An athlete's pace at each gradient, for people to look at.

A curve learned from one's own noisy kilometres is too flat to predict with (the forecast scales the population's curve
by whole activities instead), but it shows what is known and how well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Final

import numpy as np

from kernel.contracts.profile import CurvePoint, PaceQuantiles
from kernel.fitted import PRIOR_LOG_S_PER_M, Kind
from kernel.pace.categories import CATEGORY_CENTRES, CATEGORY_COUNT, FLAT
from kernel.pace.features import ActivityFeatures
from kernel.pace.population import log_relative_pace
from kernel.tracks.track import FloatArray

COVERED_SAMPLES: Final = 5
"""A category counts as covered from this many kilometre samples on."""

_PRIOR_SAMPLES: Final = 8.0
_PRIOR_ACTIVITIES: Final = 3.0
_PRIOR_QUARTILE: Final = 0.10
_MEMORY_DAYS: Final = 365.0


@dataclass(frozen=True, slots=True)
class PersonalCurve:
    """One value per gradient category, steepest descent first: the athlete's own, drawn to the population's curve."""

    values: tuple[CurvePoint, ...]

    @property
    def flat_pace_s_per_km(self) -> float:
        """Median pace in the flat category."""
        return self.values[FLAT].pace_s_per_km.p50

    @property
    def coverage(self) -> int:
        """How many of the eleven categories have at least five samples."""
        return sum(value.n >= COVERED_SAMPLES for value in self.values)


def personal_curve(features: Sequence[ActivityFeatures], kind: Kind) -> PersonalCurve:
    """The curve of an athlete's usable activities of `kind`; without any it is the population's.

    Each activity counts with its samples, half forgotten after about eight months.
    """
    return curve_of(sorted((f for f in features if f.usable and f.kind == kind), key=lambda f: f.day), kind)


def curve_of(own: Sequence[ActivityFeatures], kind: Kind) -> PersonalCurve:
    """The same of activities that are usable, of this kind and in time order."""
    newest = own[-1].day if own else 0.0
    recency = np.exp([(f.day - newest) / _MEMORY_DAYS for f in own])
    level = _level(own, recency, kind)
    count, seconds, metres = (_categories(own, name) for name in ("count", "seconds", "metres"))
    relative = log_relative_pace(np.array(CATEGORY_CENTRES), kind)
    values = []
    for i, gradient in enumerate(CATEGORY_CENTRES):
        there = count[:, i] > 0
        log_pace = np.log(seconds[there, i] / metres[there, i])
        values.append(_value(gradient, log_pace, count[there, i], recency[there], level + float(relative[i])))
    return PersonalCurve(tuple(values))


def _categories(own: Sequence[ActivityFeatures], name: str) -> FloatArray:
    """One row for each activity; taken number by number, as numpy looks over tuples of them for longer."""
    rows = map(attrgetter(f"category_{name}"), own)
    numbers = np.fromiter(chain.from_iterable(rows), np.float64, len(own) * CATEGORY_COUNT)
    return numbers.reshape(len(own), CATEGORY_COUNT)


def _level(own: Sequence[ActivityFeatures], recency: FloatArray, kind: Kind) -> float:
    """Log of seconds per flat metre over whole activities, drawn to the population's as if by three more."""
    prior = PRIOR_LOG_S_PER_M[kind]
    deviation = np.array([f.log_moving_s - f.log_unit_time - prior for f in own])
    return prior + float((recency * deviation).sum() / (recency.sum() + _PRIOR_ACTIVITIES))


def _value(
    gradient: float, log_pace: FloatArray, count: FloatArray, recency: FloatArray, expected: float
) -> CurvePoint:
    samples = int(count.sum())
    prior_share = _PRIOR_SAMPLES / (samples + _PRIOR_SAMPLES)
    low, middle, high = _quartiles(log_pace, count * recency) if samples else (expected, expected, expected)
    centre = (1 - prior_share) * middle + prior_share * expected
    down = (1 - prior_share) * (middle - low) + prior_share * _PRIOR_QUARTILE
    up = (1 - prior_share) * (high - middle) + prior_share * _PRIOR_QUARTILE
    quartiles = (round(1000.0 * float(np.exp(log)), 1) for log in (centre - down, centre, centre + up))
    return CurvePoint(gradient, PaceQuantiles(*quartiles), samples, round(prior_share, 3))


def _quartiles(values: FloatArray, weights: FloatArray) -> tuple[float, float, float]:
    order = np.argsort(values, kind="stable")
    share = (np.cumsum(weights[order]) - weights[order] / 2) / weights.sum()
    low, middle, high = np.interp([0.25, 0.5, 0.75], share, values[order])
    return float(low), float(middle), float(high)
