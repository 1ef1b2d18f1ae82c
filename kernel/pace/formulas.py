"""The classical formulas of pace against gradient, each as published.

Gradients are fractions (0.1 is 10 %), lengths metres, times seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from kernel.contracts.prediction import FormulasS
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

_GAP_PERCENT_AND_FACTOR: Final = (
    *((-30, 1.15), (-25, 1.05), (-20, 0.95), (-15, 0.90), (-10, 0.88), (-9, 0.88), (-5, 0.92), (-3, 0.96), (0, 1.00)),
    *((3, 1.08), (5, 1.15), (8, 1.28), (10, 1.38), (12, 1.50), (15, 1.70), (18, 1.95), (20, 2.15), (25, 2.70)),
    *((30, 3.30), (35, 4.00), (40, 4.80), (45, 5.70)),
)
_GAP_PERCENT, _GAP_FACTOR = np.array(_GAP_PERCENT_AND_FACTOR).T
_MINETTI: Final = (155.4, -30.4, -43.3, 46.3, 19.5, 3.6)
_NAISMITH_S_PER_M: Final = 3600 / 5000
_NAISMITH_S_PER_M_UP: Final = 3600 / 600
_LANGMUIR_S_PER_M_DOWN: Final = 600 / 300
_DIN_S_PER_M: Final = 3600 / 4000
_DIN_S_PER_M_UP: Final = 3600 / 300
_DIN_S_PER_M_DOWN: Final = 3600 / 500
_SWISS_MIN_PER_KM: Final = (
    *(14.271, 3.6991, 2.5922, -1.4384, 0.32105, 0.81542, -0.090261, -0.20757, 0.010192, 0.028588),
    *(-0.00057466, -0.0021842, 1.5176e-5, 8.6894e-5, -1.3584e-7, -1.4026e-6),
)
_SWISS_STEEPEST: Final = 0.4
_GENTLE: Final = math.tan(math.radians(5))
_STEEP: Final = math.tan(math.radians(12))


def strava_gap_factor(gradient: FloatArray) -> FloatArray:
    """Pace over flat pace at equal heart rate: Strava's grade-adjusted pace model of 2017, read off at 22 gradients.

    Linear between them and constant beyond -30 % and +45 %.
    """
    factor: FloatArray = np.interp(gradient, _GAP_PERCENT / 100.0, _GAP_FACTOR)
    return factor


def minetti_cost(gradient: FloatArray) -> FloatArray:
    """Energy cost of running in J/(kg m): Minetti et al., J. Appl. Physiol. 93 (2002), measured from -45 % to +45 %."""
    return _polynomial(_MINETTI, gradient)


def minetti_factor(gradient: FloatArray) -> FloatArray:
    """Pace over flat pace from energy cost, (C / 3.6) ** 0.75 kept within 0.5 and 4.

    The exponent is not Minetti's; it stands for people letting their effort rise on climbs.
    """
    relative = np.maximum(minetti_cost(gradient) / _MINETTI[-1], 0.0)
    factor: FloatArray = np.minimum(np.maximum(np.sqrt(relative * np.sqrt(relative)), 0.5), 4.0)
    return factor


def tobler_speed_km_h(gradient: FloatArray) -> FloatArray:
    """Walking speed on paths: Tobler, Three presentations on geographical analysis and modeling (NCGIA 93-1)."""
    speed: FloatArray = 6.0 * np.exp(-3.5 * np.abs(np.asarray(gradient, dtype=np.float64) + 0.05))
    return speed


def naismith_s(length_m: FloatArray, gradient: FloatArray) -> float:
    """Naismith (1892): 5 km/h and an hour per 600 m of ascent, with Langmuir's corrections (1984) for descents.

    Ten minutes less per 300 m of descent on slopes of 5 to 12 degrees, ten more on steeper ones.
    """
    climb_m = length_m * gradient
    steep = -climb_m[gradient < -_STEEP].sum()
    gentle = -climb_m[gradient <= -_GENTLE].sum() - steep
    walking = _NAISMITH_S_PER_M * length_m.sum() + _NAISMITH_S_PER_M_UP * np.maximum(climb_m, 0).sum()
    return float(walking + _LANGMUIR_S_PER_M_DOWN * (steep - gentle))


def din33466_s(length_m: float, gain_m: float, loss_m: float) -> float:
    """DIN 33466 (signposts of hiking paths): 4 km/h, 300 m up and 500 m down an hour.

    The shorter of the horizontal and the vertical time counts half.
    """
    horizontal = _DIN_S_PER_M * length_m
    vertical = _DIN_S_PER_M_UP * gain_m + _DIN_S_PER_M_DOWN * loss_m
    return max(horizontal, vertical) + min(horizontal, vertical) / 2


def swiss_s_per_km(gradient: FloatArray) -> FloatArray:
    """Walking pace of the Swiss hiking signposts: a polynomial of degree 15 in slope, as swisstopo's map uses it.

    It was fitted to slopes within +-40 %. Beyond them its highest power takes over and the pace would turn negative, so
    steeper ground counts as 40 %.
    """
    tens_of_percent = 10.0 * np.minimum(np.maximum(gradient, -_SWISS_STEEPEST), _SWISS_STEEPEST)
    return 60.0 * _polynomial(_SWISS_MIN_PER_KM[::-1], tens_of_percent)


def _polynomial(coefficients: Sequence[float], x: FloatArray) -> FloatArray:
    """Its value at each x, the highest power first: Horner's scheme without an array for each step."""
    value = np.full(np.shape(x), coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += coefficient
    return value


def formulas_s(route: RouteGeometry, flat_pace_s_per_km: float) -> FormulasS:
    """Whole-route times in seconds: the two running formulas at a flat pace, the four hiking formulas as they are."""
    length, gradient = route.segment_length_m, route.gradient
    s_per_m = flat_pace_s_per_km / 1000.0
    return FormulasS(
        strava_gap=round(s_per_m * (length * strava_gap_factor(gradient)).sum()),
        minetti=round(s_per_m * (length * minetti_factor(gradient)).sum()),
        tobler=round((length / tobler_speed_km_h(gradient)).sum() * 3.6),
        naismith=round(naismith_s(length, gradient)),
        din33466=round(din33466_s(float(length.sum()), route.gain_m, route.loss_m)),
        swiss=round((length * swiss_s_per_km(gradient)).sum() / 1000.0),
    )
