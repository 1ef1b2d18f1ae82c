"""How people's pace changes with gradient, and what to assume of a person nobody has seen yet.

All fitted numbers of the population are in this module. The curves give pace relative to the flat. The running curve
is nine tenths the shape of Strava's grade-adjusted pace (2017) and one tenth recordings of eight runners and hikers
(about 1,700 activities, 20,600 km); the walking curve is the geometric mean of Tobler's hiking function (1993) and the
shape of Campbell et al. (2019). They were chosen by leaving one athlete out. The prior paces and spreads come from the
same recordings.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from kernel.contracts.activity import SportTag
from kernel.contracts.prediction import Mode
from kernel.tracks.track import FloatArray

Kind = Literal["run", "walk"]

KIND_OF_SPORT: Final[dict[SportTag, Kind]] = {"run": "run", "trail_run": "run", "hike": "walk", "walk": "walk"}
KIND_OF_MODE: Final[dict[Mode, Kind]] = {"trail_run": "run", "hiking": "walk"}

_KNOTS: Final = np.array([-45, -30, -22, -16, -11, -7, -3, 0, 3, 7, 11, 16, 22, 30, 45]) / 100.0
_LOG_RELATIVE_PACE: Final[dict[Kind, FloatArray]] = {
    "run": np.log([1.60, 1.53, 1.19, 0.99, 0.90, 0.89, 0.93, 1.00, 1.11, 1.31, 1.56, 1.95, 2.47, 3.16, 3.50]),
    "walk": np.log([2.83, 1.95, 1.52, 1.24, 1.05, 0.94, 0.93, 1.00, 1.09, 1.25, 1.45, 1.74, 2.13, 2.71, 4.00]),
}

PRIOR_LOG_S_PER_M: Final[dict[Kind, float]] = {"run": -1.02, "walk": -0.22}
"""Natural logarithm of the flat-equivalent pace in seconds per metre: 6:00/km running, 13:20/km walking."""

PRIOR_SD: Final = 0.22
"""Of log time for a stranger: 17 % between people, the rest between the days and routes of one person."""

STATED_PACE_SD: Final = 0.13
"""Of log time for a stranger who states a flat pace: what people say, how hard they go, and how they climb."""

PRIOR_LONGEST_KM: Final[dict[Kind, float]] = {"run": 14.0, "walk": 16.0}
"""The longest outing assumed of a stranger."""


def log_relative_pace(gradient: FloatArray, kind: Kind) -> FloatArray:
    """Logarithm of pace over flat pace at each gradient (a fraction), linear between knots, constant beyond +-45 %."""
    curve: FloatArray = np.interp(gradient, _KNOTS, _LOG_RELATIVE_PACE[kind])
    return curve


def prior_flat_pace_s_per_km(kind: Kind) -> float:
    """Seconds per kilometre on the flat of a person nobody has seen yet."""
    return float(1000.0 * np.exp(PRIOR_LOG_S_PER_M[kind]))
