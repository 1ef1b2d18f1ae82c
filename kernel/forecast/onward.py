"""On the day: a passing time moves what is to come, and narrows it.

The day has a pace of its own, to which the way adds what is spent early and what is lost by chance (`tendency`). The
last passing says it: on time, it changes no median; later, nothing ahead comes earlier; and nothing ahead is less
certain than it was (`along`). It is worked out from what an answer tells, since whoever stands at the course has
nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from kernel.contracts.reforecast import Expected, ExpectedPlace, Passing, PlaceAhead, Reforecast
from kernel.contracts.times import QuantilesS
from kernel.errors import DomainError
from kernel.forecast.along import drift_between
from kernel.forecast.distribution import Z90
from kernel.forecast.elapsed import chance_below
from kernel.forecast.tendency import Tendency, tendency_of
from kernel.tracks.track import FloatArray

_TYPED_TO_S: Final = 60.0
"""Standard deviation of what people type: minutes, by a watch, somewhere around the place (judgement)."""
_FASTEST: Final = 0.4
"""Nobody goes on in less than this share of the time expected, whatever the numbers say."""
_FARTHEST_SCORE: Final = 8.0
_LEAST_SD: Final = 0.005
_MOST_SD: Final = 1.5
_LEAST_SHARE: Final = 1e-3
_STILL_GOING: Final = -2.0
"""Whoever comes earlier than on such a day has rather left out a planned stop than gone as fast."""


class PassingsDisagree(DomainError):
    """Somebody would have been at a later place before they were at an earlier one."""

    sentence = "These passing times contradict each other: a place farther on was passed earlier. Check the times."


class ExpectationImplausible(DomainError):
    """No answer told this."""

    sentence = "What was expected contradicts itself; send it as the prediction told it."


def onward(expected: Expected, passed: Sequence[Passing]) -> Reforecast:
    """What is to come after the last passing. Raises PassingsDisagree and ExpectationImplausible."""
    told, last = _Told(expected), _last(passed)
    if last.at_m >= told.length_m:
        done_s = round(last.elapsed_s)
        behind_s = round(last.elapsed_s - expected.finish_s.p50)
        return Reforecast(told.length_m, behind_s, QuantilesS(done_s, done_s, done_s), [])
    ahead = [place for place in told.places if last.at_m < place.at_m < told.length_m]
    arrivals = _Arrivals(told, last, [*(place.at_m for place in ahead), told.length_m])
    return Reforecast(
        passed_at_m=last.at_m,
        behind_s=round(last.elapsed_s - told.expected_s(last.at_m)),
        finish_s=arrivals.quantiles_s(len(ahead)),
        ahead=[
            PlaceAhead(place.at_m, arrivals.quantiles_s(i), arrivals.chance(i, place.cutoff_s))
            for i, place in enumerate(ahead)
        ],
    )


def _last(passed: Sequence[Passing]) -> Passing:
    in_order = sorted(passed, key=lambda passing: (passing.at_m, passing.elapsed_s))
    if any(later.elapsed_s <= earlier.elapsed_s for earlier, later in pairwise(in_order)):
        raise PassingsDisagree
    return in_order[-1]


class _Told:
    """The clock of an answer: how its going is spread along the way, and over good and bad days."""

    def __init__(self, expected: Expected) -> None:
        self.length_m = expected.distance_m
        self.places = sorted(expected.places, key=lambda place: place.at_m)
        on_the_way = [place for place in self.places if place.at_m < self.length_m]
        self._places_m = np.array([place.at_m for place in on_the_way])
        self._stopped_s = np.concatenate(([0.0], np.cumsum([place.stop_s for place in on_the_way])))
        finish, moving = expected.finish_s, expected.moving_s
        stops_s = float(self._stopped_s[-1])
        low_s, self.going_s, high_s = (each - stops_s for each in (finish.p10, finish.p50, finish.p90))
        if not (0 < low_s <= self.going_s <= high_s and moving.p10 <= moving.p90):
            raise ExpectationImplausible
        self.quick_sd, self.slow_sd = _sd(low_s, self.going_s), _sd(self.going_s, high_s)
        self._known = self._shares(on_the_way)
        self._log_stops = math.log(self.going_s / moving.p50)
        self._gain_m_per_km = 1000.0 * expected.gain_m / self.length_m
        self.drift = drift_between(self._gain_m_per_km, moving.p10, moving.p90)

    def share_at(self, at_m: FloatArray) -> FloatArray:
        """Share of the going that is done at these places."""
        return np.maximum(np.interp(at_m, *self._known), _LEAST_SHARE)

    def stopped_s(self, at_m: FloatArray) -> FloatArray:
        """Planned stops before these places."""
        stopped: FloatArray = self._stopped_s[np.searchsorted(self._places_m, at_m)]
        return stopped

    def expected_s(self, at_m: float) -> float:
        """When one was to be here."""
        here = np.array([at_m])
        return float((self.stopped_s(here) + self.share_at(here) * self.going_s)[0])

    def off(self, going_s: float) -> float:
        """How much longer (log) going all the way takes than expected; within eight standard deviations."""
        beyond = math.log(going_s / self.going_s)
        return min(max(beyond, -_FARTHEST_SCORE * self.quick_sd), _FARTHEST_SCORE * self.slow_sd)

    def tendency(self, finish_sd: float) -> Tendency:
        """How such a day hangs together where the finish is as sure as that."""
        return tendency_of(self._gain_m_per_km, self._log_stops, finish_sd)

    def doubt_at(self, share: float) -> float:
        """Standard deviation (log) of what is typed here."""
        return _TYPED_TO_S / (share * self.going_s)

    def _shares(self, on_the_way: Sequence[ExpectedPlace]) -> tuple[FloatArray, FloatArray]:
        reached_s = np.array([place.eta_s.p50 for place in on_the_way]) - self.stopped_s(self._places_m)
        share = np.concatenate(([0.0], np.clip(reached_s / self.going_s, 0.0, 1.0), [1.0]))
        return np.concatenate(([0.0], self._places_m, [self.length_m])), np.maximum.accumulate(share)


def _sd(less_s: float, more_s: float) -> float:
    """Standard deviation of log time on this side of the median."""
    sd = math.log(more_s / less_s) / Z90
    if sd > _MOST_SD:
        raise ExpectationImplausible
    return max(_LEAST_SD, sd)


class _Arrivals:
    """At places ahead of a passing, in order.

    What is lost and gained on the way is as much on good days as on bad ones, however unlike the two sides of the band.
    """

    def __init__(self, told: _Told, last: Passing, ahead_m: Sequence[float]) -> None:
        at_m, here_m = np.array(ahead_m), np.array([last.at_m])
        share, planned_s = float(told.share_at(here_m)[0]), float(told.stopped_s(here_m)[0])
        quick_s = share * told.going_s * math.exp(_STILL_GOING * told.quick_sd)
        going_s = max(last.elapsed_s - planned_s, min(last.elapsed_s, quick_s))
        to_come_s = told.stopped_s(at_m) - planned_s
        self._told, self._share = told, told.share_at(at_m)
        self._stopped_s = last.elapsed_s - going_s + to_come_s
        self._earliest_s = last.elapsed_s + to_come_s + _FASTEST * (self._share - share) * told.going_s
        off, doubt = told.off(going_s / share), told.doubt_at(share)
        own, usual = (told.slow_sd if off > 0 else told.quick_sd), (told.slow_sd + told.quick_sd) / 2
        weight, _ = told.tendency(own).beyond(share, doubt, self._share)
        _, left = told.tendency(usual).beyond(share, doubt, self._share)
        before = told.drift.spread_at(self._share)
        self._off = weight * off
        self._below, self._above = (np.minimum(left, sd * before) for sd in (told.quick_sd, told.slow_sd))
        self._reached_s = [self._reached(self._off + add) for add in (-Z90 * self._below, 0.0, Z90 * self._above)]

    def quantiles_s(self, i: int) -> QuantilesS:
        """When the place of this number is reached."""
        return QuantilesS(*(round(float(reached_s[i])) for reached_s in self._reached_s))

    def chance(self, i: int, cutoff_s: float | None) -> float | None:
        """The chance to be at the place of this number by then; None where there is no cutoff."""
        if cutoff_s is None:
            return None
        left_s = cutoff_s - float(self._stopped_s[i])
        if cutoff_s < self._earliest_s[i] or left_s <= 0:
            return 0.0
        spare = self._told.off(left_s / float(self._share[i])) - float(self._off[i])
        sd = self._above[i] if spare > 0 else self._below[i]
        return round(chance_below(spare / float(sd)), 4)

    def _reached(self, off: FloatArray) -> FloatArray:
        going_s = self._share * self._told.going_s * np.exp(off)
        reached: FloatArray = np.maximum(self._stopped_s + going_s, self._earliest_s)
        return reached
