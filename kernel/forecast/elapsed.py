"""From moving time to the clock: stops that are planned, and stops that are to be expected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.forecast.distribution import Z75, Z90, TimeDistribution
from kernel.tracks.track import FloatArray

_FARTHEST_SCORE: Final = 40.0
_EVEN: Final = (np.linspace(-_FARTHEST_SCORE, _FARTHEST_SCORE, 11), np.linspace(-4.0, 4.0, 17))
# `np.unique` would load 20 ms of masked arrays
_SCORES: Final = np.array(sorted({*np.concatenate(_EVEN).tolist(), -Z90, -Z75, Z75, Z90}))


@dataclass(frozen=True, slots=True)
class Stops:
    """Median (never below 0) and standard deviation of the logarithm of elapsed over moving time, and a night beside.

    `night_s` are the seconds that are slept on the way, 0 by day.
    """

    log_ratio: float
    sd: float
    night_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """What the clock shows, for days from the best to the worst.

    `score` rises (standard normal), with `moving_s` moving seconds of the whole route and `unplanned_s` of stops beyond
    the planned ones at each. `planned_s` are stops at checkpoints before the end.
    """

    score: FloatArray
    moving_s: FloatArray
    unplanned_s: FloatArray
    planned_s: float

    def moving_at(self, score: float) -> float:
        """Moving seconds of the whole route on such a day."""
        return float(np.exp(np.interp(score, self.score, np.log(self.moving_s))))

    def unplanned_at(self, score: float) -> float:
        """Seconds of unplanned stops on such a day."""
        return float(np.interp(score, self.score, self.unplanned_s))

    def total_at(self, score: float) -> float:
        """Seconds from start to finish on such a day."""
        return self.moving_at(score) + self.unplanned_at(score) + self.planned_s

    def score_of(self, going_s: float) -> float:
        """The day on which moving and unplanned stops take `going_s`; within -40 and 40."""
        if going_s <= 0:
            return float(self.score[0])
        return float(np.interp(math.log(going_s), np.log(self.moving_s + self.unplanned_s), self.score))

    def going_at(self, score: FloatArray) -> FloatArray:
        """Seconds moving and in unplanned stops on such days."""
        return np.interp(score, self.score, self.moving_s + self.unplanned_s)

    def with_stops(self, moving_s: float) -> float:
        """Seconds from start to finish with so many moving; outside the days described stops stay what they are."""
        return moving_s + float(np.interp(moving_s, self.moving_s, self.unplanned_s)) + self.planned_s

    def without_stops(self, total_s: float) -> float:
        """Seconds moving with so many from start to finish: undoes `with_stops`."""
        going_s = total_s - self.planned_s
        return going_s - float(np.interp(going_s, self.moving_s + self.unplanned_s, self.unplanned_s))

    def chance_within(self, total_s: float) -> float:
        """Probability to finish within `total_s` seconds of the start."""
        left_s = total_s - self.planned_s
        return chance_below(self.score_of(left_s)) if left_s > 0 else 0.0


def clock_of(times: TimeDistribution, stops: Stops, planned_s: float) -> Clock:
    """The clock of a forecast. Stops are the planned ones, or the expected ones where those are more.

    How a day goes on the move and how much of it is stood still are taken as independent, so their spreads add in
    squares; nobody stands for less than no time.
    """
    moving_s = times.s_at(_SCORES)
    spread = np.hypot(np.log(moving_s / times.p50_s), stops.sd * _SCORES)
    going_s = times.p50_s * np.exp(stops.log_ratio + np.sign(_SCORES) * spread) + stops.night_s
    unplanned_s = np.maximum.accumulate(np.maximum(going_s - moving_s - planned_s, 0.0))
    return Clock(_SCORES, moving_s, unplanned_s, planned_s)


def chance_below(score: float) -> float:
    """Probability of a standard normal below `score`."""
    return 0.5 * math.erfc(-score / math.sqrt(2.0))
