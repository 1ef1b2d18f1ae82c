"""The profile of the earlier system: percentiles of kilometre pace in eleven gradient categories, read off in steps.

Rebuilt from its description: kilometre splits with net gradient; per category, paces beyond 1.5 interquartile ranges
of the (exclusive) quartiles are dropped where there are four or more; P50 is the forecast. A category with fewer than
five splits falls back to Strava's grade adjustment times the pace of the flat category. No recency, no weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.activities import Outing
from benchmarks.baselines.history import EVER_OF_KIND, Memory, OfHistory
from kernel.fitted import Kind
from kernel.pace.categories import CATEGORY_COUNT, FLAT, categories_of
from kernel.pace.formulas import strava_gap_factor
from kernel.pace.population import prior_flat_pace_s_per_km
from kernel.tracks.track import FloatArray

PLAUSIBLE_MIN_PER_KM: Final[dict[Kind, tuple[float, float]]] = {"run": (2.5, 30.0), "walk": (4.0, 25.0)}
_FEWEST_SPLITS: Final = 5
_FEWEST_FOR_OUTLIERS: Final = 4
_FEWEST_FOR_PERCENTILES: Final = 3


@dataclass(frozen=True, slots=True)
class ElevenBins(OfHistory):
    """Its moderate (P50) forecast."""

    memory: Memory = EVER_OF_KIND
    piece_m: float = 1000.0

    def seconds(self, past: Sequence[Outing], target: Outing) -> float:
        """The profile's pace of each piece, added up."""
        paces = profile_s_per_km(past, target.kind)
        route = target.route
        edges = np.linspace(0.0, route.length_m, max(1, round(route.length_m / self.piece_m)) + 1)
        length_m, rise_m = np.diff(edges), np.diff(np.interp(edges, route.distance_m, route.elevation_m))
        return float(length_m @ paces_at(rise_m / length_m, paces)) / 1000.0


def profile_s_per_km(past: Sequence[Outing], kind: Kind) -> FloatArray:
    """P50 pace per category, nan where there are fewer than five splits; the flat one always has a value."""
    fast, slow = PLAUSIBLE_MIN_PER_KM[kind]
    pace = np.concatenate([outing.splits.s_per_km for outing in past])
    gradient = np.concatenate([outing.splits.gradient for outing in past])
    plausible = (pace >= 60 * fast) & (pace <= 60 * slow)
    category = categories_of(gradient[plausible])
    profile = np.full(CATEGORY_COUNT, np.nan)
    for index in range(CATEGORY_COUNT):
        samples = pace[plausible][category == index]
        if len(samples) >= _FEWEST_SPLITS:
            profile[index] = percentiles_s_per_km(samples)[1]
    if np.isnan(profile[FLAT]):
        adjusted = pace[plausible] / strava_gap_factor(gradient[plausible])
        profile[FLAT] = np.median(adjusted) if len(adjusted) else prior_flat_pace_s_per_km(kind)
    return profile


def percentiles_s_per_km(samples: FloatArray) -> tuple[float, float, float]:
    """P25, P50, P75 of a category's paces without outliers; the median for all three below three samples."""
    if len(samples) >= _FEWEST_FOR_OUTLIERS:
        low, high = np.quantile(samples, (0.25, 0.75), method="weibull")
        reach = 1.5 * (high - low)
        samples = samples[(samples >= low - reach) & (samples <= high + reach)]
    if len(samples) < _FEWEST_FOR_PERCENTILES:
        middle = float(np.median(samples))
        return middle, middle, middle
    p25, p50, p75 = np.quantile(samples, (0.25, 0.5, 0.75), method="weibull")
    return float(p25), float(p50), float(p75)


def paces_at(gradient: FloatArray, profile: FloatArray) -> FloatArray:
    """Seconds per kilometre at each gradient: the category's, or grade-adjusted flat pace where it has none."""
    own = profile[categories_of(gradient)]
    paces: FloatArray = np.where(np.isnan(own), profile[FLAT] * strava_gap_factor(gradient), own)
    return paces
