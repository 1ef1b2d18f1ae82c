"""What those who cannot wait are expected to ask yet, from what they asked yesterday and today; no I/O, no clock."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

HOUR_S: Final = 3600
HOURS: Final = 24
SIGMAS: Final = 6.0
"""So many roots of what is expected are kept beyond it: three standard deviations of a count of calls that come in
twos, expected from one day that is such a count itself (twice the variance, twice)."""
_MOST_GROWTH: Final = 4.0
_FEW: Final = 10

Hours = tuple[int, ...]
"""Counts of the 24 hours of a UTC day."""


@dataclass(frozen=True, slots=True)
class Demand:
    """How many calls of some urgency were made, hour by hour; `today` as far as it goes."""

    yesterday: Hours = (0,) * HOURS
    today: Hours = (0,) * HOURS

    @property
    def known(self) -> bool:
        """Whether there is anything to expect from."""
        return any(self.yesterday) or any(self.today)

    def reserve(self, now_s: float, until_s: float) -> int:
        """Calls to keep from now to `until_s`, on the same UTC day: the expected ones and a margin."""
        expected = self._growth(now_s) * self._usual(now_s, until_s)
        return math.ceil(expected + SIGMAS * math.sqrt(expected))

    def _usual(self, now_s: float, until_s: float) -> float:
        """What a usual day asks from now on; before there was one, every hour is as those of today were."""
        if any(self.yesterday):
            return _within(self.yesterday, now_s, until_s)
        gone_h = max(1.0, (now_s % (HOURS * HOUR_S)) / HOUR_S)
        return sum(self.today) / gone_h * _within((1,) * HOURS, now_s, until_s)

    def _growth(self, now_s: float) -> float:
        """How many times more is asked today than yesterday by this time; never less than as much."""
        midnight_s = now_s - now_s % (HOURS * HOUR_S)
        before = _within(self.yesterday, midnight_s, now_s)
        so_far = sum(self.today)
        if before < _FEW or so_far <= before:
            return 1.0
        return min(_MOST_GROWTH, so_far / before)


NOTHING_KNOWN: Final = Demand()


def _within(per_hour: Hours, from_s: float, until_s: float) -> float:
    """The part of a day's counts that falls between two moments of one UTC day, each hour's spread evenly."""
    begin_h, end_h = (from_s % (HOURS * HOUR_S)) / HOUR_S, (until_s % (HOURS * HOUR_S)) / HOUR_S
    if end_h <= begin_h:
        end_h = HOURS if until_s > from_s else begin_h
    return _until(per_hour, end_h) - _until(per_hour, begin_h)


def _until(per_hour: Hours, hour: float) -> float:
    whole = min(int(hour), HOURS - 1)
    return _before(per_hour)[whole] + per_hour[whole] * (hour - whole)


# asked for several times before each call to Strava
@lru_cache(maxsize=16)
def _before(per_hour: Hours) -> tuple[int, ...]:
    """What was counted before each hour."""
    return tuple(accumulate(per_hour, initial=0))
