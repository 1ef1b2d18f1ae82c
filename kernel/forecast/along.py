"""How errors of a forecast hang together along the route.

The log of actual over expected time is, at share s of the expected time, D + W(s) / s: D is how the day goes, W what is
gained and lost on the way, a Brownian motion in route time with standard deviation tau at the finish. Measured on 1,736
recordings of eight people (`benchmarks/along_route.py`), tau is the same at every s from 0.2 to 0.8: 0.03 below 5 m of
climb per km, 0.06 above. D has what is left of the finish's variance, so the finish is as uncertain as forecast, places
before it a little more in proportion, and two near each other almost equally.

The check, each outing forecast from those before it: four cutoffs along the way of an even chance each were all made by
29 % (stated 33 %), of 75 % by 61 % (61 %), of 90 % by 82 % (82 %). Independent ones would be by 6, 32 and 66 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from kernel.fitted import DRIFT_TAU, DRIFT_TAU_GAIN_M_PER_KM
from kernel.forecast.distribution import Z90, TimeDistribution
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

MOST_ON_THE_WAY: Final = 0.8
"""No more of the finish's variance builds up along the route."""
EARLIEST: Final = 0.05
"""The share of a route before which nothing changes."""
_DRAWS: Final = 2048
_SEED: Final = 20_260_613


@dataclass(frozen=True, slots=True)
class Drift:
    """`on_the_way` is the share of the finish's variance that builds up along the route; the rest is the day's."""

    on_the_way: float

    def spread_at(self, share: FloatArray) -> FloatArray:
        """Standard deviation of log time at shares of the route, over that at the finish; constant before 5 %."""
        spread: FloatArray = np.sqrt(1.0 - self.on_the_way + self.on_the_way / np.clip(share, EARLIEST, 1.0))
        return spread

    def chances_of_all(self, share: FloatArray, chance: FloatArray) -> FloatArray:
        """For each place, the chance to be in time there and at all places before it.

        `share` rises and `chance` is that of each place alone. Counted over the same 2,048 days each time, so a greater
        chance at one place never lowers any of the answers.
        """
        in_time, answers = np.ones(_DRAWS, dtype=np.bool_), []
        for day, p in zip(self._days(share), chance.tolist(), strict=True):
            last = round(p * _DRAWS)
            limit = np.sort(day)[last - 1] if last else -math.inf
            in_time &= day <= limit
            answers.append(np.count_nonzero(in_time) / _DRAWS)
        joint = np.minimum(answers, chance)
        joint[0] = chance[0]
        return np.minimum.accumulate(joint)

    def _days(self, share: FloatArray) -> Iterator[FloatArray]:
        """Scores of the same days at each place."""
        at = np.clip(share, EARLIEST, 1.0)
        normal = _normal(len(share) + 1)
        of_the_day = math.sqrt(1.0 - self.on_the_way) * normal[0]
        lost = np.zeros(_DRAWS)
        steps = np.sqrt(self.on_the_way * np.diff(at, prepend=0.0))
        for step, reached, draws in zip(steps.tolist(), at.tolist(), normal[1:], strict=True):
            lost += step * draws
            yield of_the_day + lost / reached


def drift_of(route: RouteGeometry, times: TimeDistribution) -> Drift:
    """The drift of a route forecast with these times: at most four fifths of its variance."""
    return drift_between(1000.0 * route.gain_m / route.length_m, times.p10_s, times.p90_s)


def drift_between(gain_m_per_km: float, p10_s: float, p90_s: float) -> Drift:
    """The same, by how hilly the route is and the band of its moving time."""
    tau = float(np.interp(gain_m_per_km, DRIFT_TAU_GAIN_M_PER_KM, DRIFT_TAU))
    finish_sd = math.log(p90_s / p10_s) / (2 * Z90)
    return Drift(min(MOST_ON_THE_WAY, (tau / max(finish_sd, 1e-6)) ** 2))


@lru_cache(maxsize=16)
def _normal(rows: int) -> FloatArray:
    """The same standard normal numbers each time, every one with its negative."""
    half = np.random.default_rng(_SEED).standard_normal((rows, _DRAWS // 2))
    both = np.concatenate((half, -half), axis=1)
    both.flags.writeable = False
    return both
