"""How people's pace changes with gradient, and what to assume of a person nobody has seen yet."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from kernel.contracts.activity import SportTag
from kernel.contracts.prediction import Mode
from kernel.fitted import CURVE_PERCENT, CURVE_RELATIVE_PACE, PRIOR_LOG_S_PER_M, Kind
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

KIND_OF_SPORT: Final[dict[SportTag, Kind]] = {"run": "run", "trail_run": "run", "hike": "walk", "walk": "walk"}
KIND_OF_MODE: Final[dict[Mode, Kind]] = {"trail_run": "run", "hiking": "walk"}
_GRADIENT: Final = np.array(CURVE_PERCENT) / 100.0
_STEEPEST: Final = float(_GRADIENT[-1])
_LOG_RELATIVE_PACE: Final = {kind: np.log(pace) for kind, pace in CURVE_RELATIVE_PACE.items()}


def log_relative_pace(gradient: FloatArray, kind: Kind) -> FloatArray:
    """Logarithm of pace over flat pace at each gradient (a fraction), linear between knots.

    Beyond the outermost knots it is the rate of climb or descent that stays, so pace grows with the gradient.
    """
    curve: FloatArray = np.interp(gradient, _GRADIENT, _LOG_RELATIVE_PACE[kind])
    steepness = np.abs(gradient) / _STEEPEST
    steep = steepness > 1.0
    if steep.any():
        curve[steep] += np.log(steepness[steep])
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
