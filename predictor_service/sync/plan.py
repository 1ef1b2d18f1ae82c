"""What is worth reading, and in which order: pure rules.

A read is the scarce thing. Virtual runs have no ground, and snow slows a snowshoer as no gradient explains, so neither
tells anything about a trail; they are left out like every sport that is not on foot.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import nsmallest
from types import MappingProxyType
from typing import Final
from uuid import UUID

from kernel.contracts.activity import AsideCode, SportTag
from kernel.forecast.information import Sketch, day_of, most_telling
from predictor_service.activities.listed import Unread
from predictor_service.strava.answers import Summary
from servicekit.web.track_files import CLOCK_TOLERANCE
from trackfiles.outing import EARLIEST

SPORTS: Final[Mapping[str, SportTag]] = MappingProxyType(
    {"Run": "run", "TrailRun": "trail_run", "Hike": "hike", "Walk": "walk"}
)
"""Strava's sports that a profile is made from. Any other word, also one of tomorrow, is left out."""

OVERLAP: Final = timedelta(days=14)
"""Activities are uploaded late and may hide their start time, so each list reaches back past the newest known start."""

SHORTEST_M: Final = 500.0
SHORTEST_S: Final = 120.0
ALWAYS_READ: Final = timedelta(days=60)
LEAST_WORTH: Final = 6e-6
"""Of the standard deviation of log time, which is about 0.08: so much are 0.1 % of a time beside it, as doubts add up
in squares. A read that takes away less is left for others."""
MOST_WEIGHED: Final = 400
"""Of those that wait, the most promising: what they have in common takes memory and time by the square of their number,
a gigabyte for three thousand."""
KNOWN_BEFORE: Final = 150
"""As many as a profile is fitted from."""
LIKE_LATELY: Final = 40
ASKED_LATELY: Final = 20
"""What forecasts are made narrow for: outings like the last ones, and courses that were asked about."""

_RECENCY_DAYS = 200.0
_HILLY_M_PER_KM = 40.0
_LONG_M = 20_000.0
_WALK_VALUE = 0.4


@dataclass(frozen=True, slots=True)
class Portions:
    """How much one athlete's sync reads: a first look, then the rest in portions."""

    first_look: int = 30
    """With two pages of the list, the empty one at its end among them, 32 reads."""
    portion: int = 25
    enough: int = 300
    """With so many usable activities, older ones are not read: they would no longer change the profile."""
    least_worth: float = LEAST_WORTH
    first_profile_after: int = 5
    profile_every: int = 25

    def next(self, already_read: int) -> int:
        """How many activities the next run reads: the rest of the first look, then a portion."""
        return self.first_look - already_read if already_read < self.first_look else self.portion

    def profile_is_due(self, read: int) -> bool:
        """Whether the profile is fitted again after the run's `read`-th activity."""
        return read == self.first_profile_after or (read > 0 and read % self.profile_every == 0)


def sport_of(summary: Summary) -> SportTag | None:
    """The sport of an activity on foot; None for all others, known to us or not."""
    return SPORTS.get(summary.sport)


def aside_of(summary: Summary, now: datetime) -> AsideCode | None:
    """Why nothing can be learned from its details: typed in, indoors, too short, or at no time it can have been.

    A list that knows no moving time is believed to the time from start to end.
    """
    if summary.manual:
        return "typed_in"
    if summary.trainer:
        return "indoors"
    if summary.distance_m < SHORTEST_M or (summary.moving_time_s or summary.elapsed_time_s) < SHORTEST_S:
        return "too_short"
    return None if EARLIEST <= summary.start_date <= now + CLOCK_TOLERANCE else "implausible_time"


def value(outing: Unread, now: datetime) -> float:
    """How much an activity promises to tell: recent, hilly and long ones most, walks less."""
    age_days = max(0.0, (now - outing.started_at) / timedelta(days=1))
    km = max(outing.distance_m / 1000, 0.1)
    hilly = min(outing.gain_m / km / _HILLY_M_PER_KM, 1.0)
    long = min(outing.distance_m / _LONG_M, 1.0)
    worth = math.exp(-age_days / _RECENCY_DAYS) + 0.5 * hilly + 0.3 * long
    return worth * (_WALK_VALUE if outing.sport == "walk" else 1.0)


def by_value(outings: Iterable[Unread], now: datetime, *, usable: int, enough: int) -> list[Unread]:
    """The activities to read, the most telling first; the others are not kept in memory.

    Recent ones always; of the older ones only as many as are missing to `enough`.
    """
    room = max(0, enough - usable)
    recent: list[Unread] = []

    def rank(outing: Unread) -> tuple[float, UUID]:
        return -value(outing, now), outing.id

    def older() -> Iterator[Unread]:
        for outing in outings:
            if now - outing.started_at <= ALWAYS_READ:
                recent.append(outing)
            else:
                yield outing

    # one at least, so that all are looked at
    best = nsmallest(max(1, room), older(), key=rank)
    chosen = []
    for outing in sorted([*best, *recent], key=rank):
        if room > 0 or now - outing.started_at <= ALWAYS_READ:
            chosen.append(outing)
            room -= 1
    return chosen


def by_information(
    ready: Sequence[Unread],
    now: datetime,
    *,
    known: Sequence[Sketch],
    asked: Sequence[Sketch],
    most: int,
    least_worth: float = LEAST_WORTH,
) -> list[Unread]:
    """Up to `most` of the activities that are ready, the one that narrows the forecasts most first.

    Of more than can be weighed against each other at once the first are, so they come the most promising first.
    `asked`: what the athlete will want to know, as of now. One that teaches less than `least_worth` is left unread,
    unless it is recent.
    """
    today = [replace(each, day=day_of(now)) for each in asked]
    told = [Sketch(each.sport, day_of(each.started_at), each.distance_m, each.gain_m) for each in ready[:MOST_WEIGHED]]
    choices = most_telling(told, known=known, asked=today, most=most, least_worth=least_worth)
    chosen = [ready[choice.index] for choice in choices]
    taken = {each.id for each in chosen}
    recent = [each for each in ready if each.id not in taken and now - each.started_at <= ALWAYS_READ]
    return [*chosen, *recent][:most]
