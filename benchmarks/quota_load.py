"""Who asks what of Strava, made up from a seed: histories, activities through the day, and people who look.

Histories are log-normal (median 181, sigma 0.9, at least 5 activities); an athlete records 3.5 activities a week, at
hours with two peaks (7 and 18 h UTC); 60 times a day somebody waits for a list. An activity costs two reads, one by its
id and one of its streams.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.strava.quota import Priority

READS_OF_ACTIVITY: Final = 2
ACTIVITIES_A_DAY: Final = 0.5
LOOKS_A_DAY: Final = 60
DAY_S: Final = 86_400.0
_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Asked:
    """Something urgent: so many reads at a moment of a day (seconds since its midnight)."""

    at_s: float
    reads: int
    priority: Priority


@dataclass(frozen=True, slots=True)
class Crowd:
    """The athletes' histories, in activities, and what is urgent every day."""

    histories: tuple[int, ...]
    events_a_day: float
    looks_a_day: float
    seed: int

    @staticmethod
    def urgent_reads(athletes: int) -> float:
        """Reads a day that cannot wait."""
        return ACTIVITIES_A_DAY * athletes * READS_OF_ACTIVITY + LOOKS_A_DAY

    def day(self, number: int) -> Iterator[Asked]:
        """What is asked on a day, in order of time."""
        chance = np.random.default_rng((self.seed, number))
        events = self._moments(chance, self.events_a_day, READS_OF_ACTIVITY, Priority.WEBHOOK)
        looks = self._moments(chance, self.looks_a_day, 1, Priority.INTERACTIVE)
        yield from sorted([*events, *looks], key=lambda asked: asked.at_s)

    @staticmethod
    def _moments(chance: np.random.Generator, a_day: float, reads: int, priority: Priority) -> list[Asked]:
        weights = np.array([_busy(hour) for hour in range(_HOURS)])
        counts = chance.poisson(a_day * weights / weights.sum())
        return [
            Asked(3600.0 * (hour + float(within)), reads, priority)
            for hour, count in enumerate(counts)
            for within in chance.random(count)
        ]


def crowd_of(athletes: int, seed: int, *, urgent_reads: float | None = None) -> Crowd:
    """So many athletes; with `urgent_reads` their events are so many that all that is urgent takes those."""
    chance = np.random.default_rng(seed)
    drawn = chance.lognormal(math.log(181.0), 0.9, athletes)
    events = ACTIVITIES_A_DAY * athletes
    if urgent_reads is not None:
        events = (urgent_reads - LOOKS_A_DAY) / READS_OF_ACTIVITY
    return Crowd(tuple(max(5, round(float(each))) for each in drawn), events, LOOKS_A_DAY, seed)


def _busy(hour: int) -> float:
    """How busy an hour is against others."""
    return 0.15 + math.exp(-(((hour - 7) / 1.8) ** 2)) + 1.3 * math.exp(-(((hour - 18) / 2.2) ** 2))
