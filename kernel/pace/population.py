"""How people's pace changes with gradient, and what to assume of a person nobody has seen yet."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from kernel.contracts.activity import SportTag
from kernel.contracts.prediction import Mode
from kernel.fitted import (
    CURVE_PERCENT,
    CURVE_RELATIVE_PACE,
    FAR_LEVEL,
    FAR_S,
    PRIOR_LOG_S_PER_M,
    TRAIL_CLIMB_COST,
    TRAIL_LEVEL,
    Kind,
)
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

KIND_OF_SPORT: Final[dict[SportTag, Kind]] = {"run": "run", "trail_run": "run", "hike": "walk", "walk": "walk"}
KIND_OF_MODE: Final[dict[Mode, Kind]] = {"trail_run": "run", "hiking": "walk"}
_GRADIENT: Final = np.array(CURVE_PERCENT) / 100.0
_DOWN, _UP = float(_GRADIENT[0]), float(_GRADIENT[-1])
_LOG_RELATIVE_PACE: Final = {kind: np.log(pace) for kind, pace in CURVE_RELATIVE_PACE.items()}


def log_relative_pace(gradient: FloatArray, kind: Kind) -> FloatArray:
    """Logarithm of pace over flat pace at each gradient (a fraction), linear between knots.

    Beyond the outermost knots it is the rate of climb or descent that stays, so pace grows with the gradient.
    """
    curve: FloatArray = np.interp(gradient, _GRADIENT, _LOG_RELATIVE_PACE[kind])
    steep = (gradient > _UP) | (gradient < _DOWN)
    if steep.any():
        curve[steep] += np.log(np.maximum(gradient[steep] / _UP, gradient[steep] / _DOWN))
    return curve


@lru_cache(maxsize=4)
def relative_pace(route: RouteGeometry, kind: Kind) -> FloatArray:
    """Pace over flat pace in each segment of a route, by the population's curve; kept, as a forecast asks often."""
    relative: FloatArray = np.exp(log_relative_pace(route.gradient, kind))
    relative.flags.writeable = False
    return relative


def prior_flat_pace_s_per_km(kind: Kind) -> float:
    """Seconds per kilometre on the flat of a person nobody has seen yet."""
    return float(1000.0 * np.exp(PRIOR_LOG_S_PER_M[kind]))


def stranger_log_s_per_m(log_unit_time: FloatArray, climb_cost: FloatArray, kind: Kind) -> FloatArray:
    """Log of flat-equivalent pace of a stranger on each course, by its unit time and the cost of its climbs.

    Who runs on trails runs slower than who runs on roads, and who goes in for longer days is fitter, by less than makes
    the longer day the shorter one. Walkers are alike on all ground.
    """
    prior = np.full(len(log_unit_time), PRIOR_LOG_S_PER_M[kind])
    if kind == "walk":
        return prior
    trail = np.clip(climb_cost / TRAIL_CLIMB_COST, 0.0, 1.0)
    far = np.interp(log_unit_time + prior, np.log(FAR_S), (0.0, FAR_LEVEL))
    level: FloatArray = prior + trail * (TRAIL_LEVEL + far)
    return level
