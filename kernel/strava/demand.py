"""What those who cannot wait are expected to ask yet; no I/O, no clock.

It follows from what was asked yesterday and today, and from who has joined since: of them yesterday says nothing.
"""

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
READS_OF_NEWCOMER: Final = 1.5
"""A day, before anything is known of somebody: an activity every other day is an event and two reads, and half as much
again as nobody knows at which hours. (21 people were on foot 0.3 times a day; events tell of all sports, and of edits.)
"""

Hours = tuple[int, ...]
"""Counts of the 24 hours of a UTC day."""
_Rates = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """How many calls of some urgency were made, hour by hour; `today` as far as it goes.

    `joined_yesterday`, `joined_today`: how many people came whose calls of that urgency are to be expected.
    """

    yesterday: Hours = (0,) * HOURS
    today: Hours = (0,) * HOURS
    joined_yesterday: Hours = (0,) * HOURS
    joined_today: Hours = (0,) * HOURS

    def reserve(self, now_s: float, until_s: float) -> int:
        """Calls to keep from now to `until_s`, on the same UTC day: the expected ones and a margin."""
        expected = self._growth(now_s) * self._usual(now_s, until_s)
        return math.ceil(expected + SIGMAS * math.sqrt(expected))

    def _usual(self, now_s: float, until_s: float) -> float:
        """What a usual day asks from now on; before there was one, every hour is as those of today were."""
        if any(self._usual_day):
            return _within(self._usual_day, now_s, until_s)
        gone_h = max(1.0, (now_s % (HOURS * HOUR_S)) / HOUR_S)
        return sum(self.today) / gone_h * _within((1,) * HOURS, now_s, until_s)

    @property
    def _usual_day(self) -> _Rates:
        return _with_newcomers(self.yesterday, self.joined_yesterday, sum(self.joined_today))

    def _growth(self, now_s: float) -> float:
        """How many times more is asked today than on a usual day by this time; never less than as much."""
        midnight_s = now_s - now_s % (HOURS * HOUR_S)
        before = _within(self._usual_day, midnight_s, now_s)
        so_far = sum(self.today)
        if before < _FEW or so_far <= before:
            return 1.0
        return min(_MOST_GROWTH, so_far / before)


# asked for several times before each call to Strava
@lru_cache(maxsize=16)
def _with_newcomers(asked: Hours, joined: Hours, since: int) -> _Rates:
    """A day's hours as if those had been there who joined in that hour, later, or `since` that day."""
    there = accumulate(reversed(joined), initial=since)
    next(there)
    missing = reversed(list(there))
    return tuple(calls + READS_OF_NEWCOMER / HOURS * people for calls, people in zip(asked, missing, strict=True))


def _within(per_hour: _Rates, from_s: float, until_s: float) -> float:
    """The part of a day's counts that falls between two moments of one UTC day, each hour's spread evenly."""
    begin_h, end_h = (from_s % (HOURS * HOUR_S)) / HOUR_S, (until_s % (HOURS * HOUR_S)) / HOUR_S
    if end_h <= begin_h:
        end_h = HOURS if until_s > from_s else begin_h
    return _until(per_hour, end_h) - _until(per_hour, begin_h)


def _until(per_hour: _Rates, hour: float) -> float:
    whole = min(int(hour), HOURS - 1)
    return _before(per_hour)[whole] + per_hour[whole] * (hour - whole)


@lru_cache(maxsize=16)
def _before(per_hour: _Rates) -> _Rates:
    """What was counted before each hour."""
    return tuple(accumulate(per_hour, initial=0))
