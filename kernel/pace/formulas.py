"""The classical formulas of pace against gradient, each as published.

Gradients are fractions (0.1 is 10 %), lengths metres, times seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

_GAP_KNOTS: Final = (
    np.array([-30, -25, -20, -15, -10, -9, -5, -3, 0, 3, 5, 8, 10, 12, 15, 18, 20, 25, 30, 35, 40, 45]) / 100.0
)
_GAP_FACTORS: Final = np.array(
    [1.15, 1.05, 0.95, 0.90, 0.88, 0.88, 0.92, 0.96, 1.00, 1.08, 1.15]
    + [1.28, 1.38, 1.50, 1.70, 1.95, 2.15, 2.70, 3.30, 4.00, 4.80, 5.70]
)
_MINETTI: Final = (155.4, -30.4, -43.3, 46.3, 19.5, 3.6)
_NAISMITH_S_PER_M: Final = 3600 / 5000
_NAISMITH_S_PER_M_UP: Final = 3600 / 600
_LANGMUIR_S_PER_M_DOWN: Final = 600 / 300


def strava_gap_factor(gradient: FloatArray) -> FloatArray:
    """Pace over flat pace at equal heart rate: Strava's grade-adjusted pace model of 2017, read off at 22 gradients.

    Linear between them and constant beyond -30 % and +45 %.
    """
    factor: FloatArray = np.interp(gradient, _GAP_KNOTS, _GAP_FACTORS)
    return factor


def minetti_cost(gradient: FloatArray) -> FloatArray:
    """Energy cost of running in J/(kg m): Minetti et al., J. Appl. Physiol. 93 (2002), measured from -45 % to +45 %."""
    cost: FloatArray = np.polyval(_MINETTI, np.asarray(gradient, dtype=np.float64))
    return cost


def minetti_factor(gradient: FloatArray) -> FloatArray:
    """Pace over flat pace from energy cost, (C / 3.6) ** 0.75 kept within 0.5 and 4.

    The exponent is not Minetti's; it stands for people letting their effort rise on climbs.
    """
    relative = np.maximum(minetti_cost(gradient) / _MINETTI[-1], 0.0)
    return np.clip(relative**0.75, 0.5, 4.0)


def tobler_speed_km_h(gradient: FloatArray) -> FloatArray:
    """Walking speed on paths: Tobler, Three presentations on geographical analysis and modeling (NCGIA 93-1)."""
    speed: FloatArray = 6.0 * np.exp(-3.5 * np.abs(np.asarray(gradient, dtype=np.float64) + 0.05))
    return speed


def naismith_s(length_m: FloatArray, gradient: FloatArray) -> float:
    """Naismith (1892): 5 km/h and an hour per 600 m of ascent, with Langmuir's corrections (1984) for descents.

    Ten minutes less per 300 m of descent on slopes of 5 to 12 degrees, ten more on steeper ones.
    """
    climb_m = length_m * gradient
    slope_deg = np.degrees(np.arctan(-gradient))
    gentle = -climb_m[(slope_deg >= 5) & (slope_deg <= 12)].sum()
    steep = -climb_m[slope_deg > 12].sum()
    walking = _NAISMITH_S_PER_M * length_m.sum() + _NAISMITH_S_PER_M_UP * np.maximum(climb_m, 0).sum()
    return float(walking + _LANGMUIR_S_PER_M_DOWN * (steep - gentle))


@dataclass(frozen=True, slots=True)
class FormulaTimes:
    """What the formulas say of one route, in seconds."""

    strava_gap: float
    minetti: float
    tobler: float
    naismith: float


def formulas_s(route: RouteGeometry, flat_pace_s_per_km: float) -> FormulaTimes:
    """Whole-route times: the two running formulas at a flat pace, the two hiking formulas as they are."""
    length, gradient = route.segment_length_m, route.gradient
    s_per_m = flat_pace_s_per_km / 1000.0
    return FormulaTimes(
        strava_gap=float(s_per_m * (length * strava_gap_factor(gradient)).sum()),
        minetti=float(s_per_m * (length * minetti_factor(gradient)).sum()),
        tobler=float((length / tobler_speed_km_h(gradient)).sum() * 3.6),
        naismith=naismith_s(length, gradient),
    )
