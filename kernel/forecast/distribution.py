"""The distribution of a route's moving time: five quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.contracts.prediction import Effort
from kernel.tracks.track import FloatArray

Z75: Final = 0.6745
Z90: Final = 1.2816
"""The standard normal scores of P75 and P90; those of P25 and P10 are their negatives."""
_NORMAL_Z: Final = np.array([-Z90, -Z75, 0.0, Z75, Z90])
_NORMAL_STEPS: Final = np.diff(_NORMAL_Z)


@dataclass(frozen=True, slots=True)
class TimeDistribution:
    """Seconds of moving time at P10, P25, P50, P75, P90. `prior_share` is how much of it is the population's.

    `of_days` is how much of its width (log) lies between somebody's own days; the rest is what nobody knows of them.
    """

    p10_s: float
    p25_s: float
    p50_s: float
    p75_s: float
    p90_s: float
    prior_share: float
    of_days: float

    def s_at(self, z: FloatArray) -> FloatArray:
        """Moving seconds at standard normal scores: log time is normal between and beyond the quantiles."""
        knots = np.log([self.p10_s, self.p25_s, self.p50_s, self.p75_s, self.p90_s])
        i = _NORMAL_Z[1:-1].searchsorted(z)
        slope = (knots[1:] - knots[:-1]) / _NORMAL_STEPS
        seconds: FloatArray = np.exp(knots[i] + slope[i] * (z - _NORMAL_Z[i]))
        return seconds

    def at_effort(self, effort: Effort) -> TimeDistribution:
        """The distribution when someone means to go at an effort: P10, P25, P50 or P75 of their own days.

        A stated effort narrows the band by too little to measure, so it only moves it, and never by what is not known.
        """
        centres_s = {"race": self.p10_s, "fast": self.p25_s, "moderate": self.p50_s, "easy": self.p75_s}
        return self.scaled((centres_s[effort] / self.p50_s) ** self.of_days)

    def scaled(self, factor: float) -> TimeDistribution:
        """The distribution of what takes so many times as long."""
        p10_s, p25_s, p50_s, p75_s, p90_s = (
            factor * s for s in (self.p10_s, self.p25_s, self.p50_s, self.p75_s, self.p90_s)
        )
        return TimeDistribution(p10_s, p25_s, p50_s, p75_s, p90_s, self.prior_share, self.of_days)
