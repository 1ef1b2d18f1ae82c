"""The distribution of a route's moving time: five quantiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.contracts.prediction import Effort
from kernel.fitted import (
    FADE,
    FADE_FROM,
    PACE,
    PRIOR_LOG_S_PER_M,
    PRIOR_LONGEST_KM,
    PRIOR_SD,
    QUANTILE_Z,
    STATED_FADES_OVER,
    STATED_PACE_SD,
    Kind,
)
from kernel.forecast.fit import FittedProfile
from kernel.forecast.history import placed
from kernel.forecast.versions import Versions
from kernel.tracks.track import FloatArray

Z75: Final = 0.6745
Z90: Final = 1.2816
"""The standard normal scores of P75 and P90; those of P25 and P10 are their negatives."""
_NORMAL_Z: Final = np.array([-Z90, -Z75, 0.0, Z75, Z90])
_SD_CAP: Final = 0.6


@dataclass(frozen=True, slots=True)
class TimeDistribution:
    """Seconds of moving time at P10, P25, P50, P75, P90. `prior_share` is how much of it is the population's."""

    p10_s: float
    p25_s: float
    p50_s: float
    p75_s: float
    p90_s: float
    prior_share: float

    def s_at(self, z: FloatArray) -> FloatArray:
        """Moving seconds at standard normal scores: log time is normal between and beyond the quantiles."""
        knots = np.log([self.p10_s, self.p25_s, self.p50_s, self.p75_s, self.p90_s])
        i = np.clip(np.searchsorted(_NORMAL_Z, z) - 1, 0, len(knots) - 2)
        slope = np.diff(knots) / np.diff(_NORMAL_Z)
        seconds: FloatArray = np.exp(knots[i] + slope[i] * (z - _NORMAL_Z[i]))
        return seconds

    def at_effort(self, effort: Effort) -> TimeDistribution:
        """The distribution when someone means to go at an effort: as wide, about their own P25, P50 or P75.

        A stated effort narrows the band by too little to measure, so it only moves it.
        """
        centre_s = {"fast": self.p25_s, "moderate": self.p50_s, "easy": self.p75_s}[effort]
        factor = centre_s / self.p50_s
        p10_s, p25_s, p75_s, p90_s = (factor * s for s in (self.p10_s, self.p25_s, self.p75_s, self.p90_s))
        return TimeDistribution(p10_s, p25_s, centre_s, p75_s, p90_s, self.prior_share)


def personal_times(
    versions: Versions, profile: FittedProfile, flat_pace_s_per_km: float | None = None
) -> TimeDistribution:
    """What the athlete's history says of a route; a stated flat pace stands for what it leaves open."""
    mean, sd, own_share = profile.pace.at(placed(versions, profile.centre, day=profile.target_day, kind=profile.kind))
    fade = fade_beyond(versions.log_km, profile.facts.longest_km)
    level = PRIOR_LOG_S_PER_M[profile.kind] + mean
    if flat_pace_s_per_km is not None:
        level, sd = _with_stated(level, sd, math.log(flat_pace_s_per_km / 1000.0), profile)
    log_time = versions.log_unit_time + level + fade
    return _distribution(log_time, np.hypot(sd, fade), 1.0 - float(own_share[0]))


def _with_stated(
    level: FloatArray, sd: FloatArray, stated: float, profile: FittedProfile
) -> tuple[FloatArray, FloatArray]:
    """What history and a stated flat pace say together, each weighing by its doubt beyond the noise of a day.

    What people say adds little to what they did: its doubt grows with every outing.
    """
    noise = PACE.noise**2
    outings = profile.facts.total_activities
    of_stated = (STATED_PACE_SD[profile.kind] ** 2 - noise) * (1.0 + outings / STATED_FADES_OVER) ** 2
    of_history = np.maximum(np.square(sd) - noise, 0.0)
    weight = of_history / (of_history + of_stated)
    return level + weight * (stated - level), np.sqrt(np.square(sd) - weight * of_history)


def population_times(versions: Versions, kind: Kind, flat_pace_s_per_km: float | None) -> TimeDistribution:
    """What is to be expected of a stranger, or of one who states a flat pace and nothing else."""
    level, sd = PRIOR_LOG_S_PER_M[kind], PRIOR_SD
    if flat_pace_s_per_km is not None:
        level, sd = math.log(flat_pace_s_per_km / 1000.0), STATED_PACE_SD[kind]
    fade = fade_beyond(versions.log_km, PRIOR_LONGEST_KM[kind])
    return _distribution(versions.log_unit_time + level + fade, np.hypot(sd, fade), 1.0)


def fade_beyond(log_km: FloatArray, longest_km: float) -> FloatArray:
    """How much slower (log) someone gets on a route more than half as long again as their longest."""
    beyond: FloatArray = np.maximum(log_km - math.log(FADE_FROM * longest_km), 0.0)
    return FADE * beyond


def _distribution(log_time: FloatArray, sd: FloatArray, prior_share: float) -> TimeDistribution:
    """Quantiles of the route, the first row, and no less than those of its easier versions."""
    quantiles = np.exp(log_time[:, None] + np.minimum(sd, _SD_CAP)[:, None] * QUANTILE_Z).max(axis=0)
    p10, p25, p50, p75, p90 = quantiles.tolist()
    return TimeDistribution(p10, p25, p50, p75, p90, prior_share)
