"""How the day that somebody tells of slows them, or lets them go faster: factors on moving time, each with its source.

What nobody tells changes nothing. Factors multiply, and none of them widens the band: it already holds the days of a
past, of which some were hot and some were rough.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from kernel.contracts.prediction import Cause, CheckpointRequest, MinutesOfCause
from kernel.contracts.said import Conditions, Surface
from kernel.fitted import PACE, Kind
from kernel.forecast.causes import Explanation
from kernel.forecast.distribution import TimeDistribution
from kernel.forecast.elapsed import Clock
from kernel.forecast.pacing import Pacing, pacing_of, whole_numbers
from kernel.tracks import RouteGeometry

_SURFACE_LOG: Final[dict[Surface, float]] = {"road": -math.log(1.05), "path": 0.0, "rough": 0.07}
"""Running on uneven ground takes 5 % more energy than on smooth ground (Voloshina & Ferris, J. Exp. Biol. 218, 2015),
and the outings the curve rests on ran mostly on paths. Rough is one standard deviation of what sets races apart beyond
kilometres and climb (7 % between 325 races). For walking both are a lower bound: there uneven ground costs 28 %
(Voloshina et al., J. Exp. Biol. 216, 2013)."""

_HEAT_FROM_C: Final = 17.5
_HEAT_PER_C: Final = 0.004
"""Beyond 17.5 degrees of air each one costs 0.3 to 0.4 % (Mantzios et al., Med. Sci. Sports Exerc. 54, 2022: 1,258
races, their best). Whoever is out for longer loses more, of which no size is known well."""

_HEIGHT_PER_KM: Final = 0.063
"""Of the greatest oxygen uptake is lost per 1,000 m of height, from 300 m on (Wehrlin & Hallen, Eur. J. Appl. Physiol.
96, 2006), and at the same share of it speed falls alike. Results of races cannot tell it from the ground they ran on.
"""
_MOST_LOST: Final = 0.5
_A_DAY: Final[dict[Kind, float]] = {"run": PACE.noise_run, "walk": PACE.noise_walk}
"""Standard deviation of the logarithm of a day's time."""
_EVEN_DAYS: Final = 2001
_TENTHS_PER_S: Final = 1 / 6
_MINUTE_S: Final = 60.0


class Effect(NamedTuple):
    """How much slower (log) one of the conditions makes the whole."""

    cause: Cause
    log: float


def effects_of(conditions: Conditions | None, route: RouteGeometry, kind: Kind, moving_s: float) -> tuple[Effect, ...]:
    """The effects of what was told, in a fixed order; none for what was not. `moving_s` is the time without them."""
    if conditions is None:
        return ()
    effects = []
    if conditions.surface is not None:
        effects.append(Effect("surface", _SURFACE_LOG[conditions.surface]))
    if conditions.heat_c is not None:
        effects.append(Effect("heat", _HEAT_PER_C * max(0.0, conditions.heat_c - _HEAT_FROM_C)))
    if conditions.home_m is not None:
        effects.append(Effect("altitude", _thin_air(route, pacing_of(route, kind, moving_s), conditions.home_m)))
    if conditions.people is not None:
        effects.append(Effect("company", _A_DAY[kind] * _worst_of(conditions.people)))
    return tuple(effects)


def slowed(times: TimeDistribution, effects: Sequence[Effect]) -> TimeDistribution:
    """The times of such a day, their band as wide as before."""
    if not effects:
        return times
    return times.scaled(math.exp(sum(effect.log for effect in effects)))


def explained(
    explanation: Explanation, conditions: Conditions | None, effects: Sequence[Effect], slowed_s: float
) -> Explanation:
    """The explanation of the usual day with the minutes of each condition, up to `slowed_s` seconds of moving.

    Effects share what they add by their logarithms. The minutes of a hut are those of staying there.
    """
    minutes = list(explanation.minutes)
    if effects:
        told = sum(round(10 * each.minutes) for each in minutes)
        added = round((round(slowed_s) - explanation.flat_run_s) * _TENTHS_PER_S) - told
        logs = np.array([effect.log for effect in effects])
        total = float(logs.sum())
        shares = logs / total if abs(total) > 1e-9 else np.full(len(logs), 1.0 / len(logs))
        tenths = whole_numbers(added * shares, added) / 10
        minutes += [MinutesOfCause(each.cause, part) for each, part in zip(effects, tenths.tolist(), strict=True)]
    if conditions is not None and conditions.hut is not None:
        minutes.append(MinutesOfCause("hut", round(conditions.hut.stop_s / _MINUTE_S, 1)))
    return Explanation(explanation.flat_run_s, minutes)


def with_hut(checkpoints: Sequence[CheckpointRequest], conditions: Conditions | None) -> Sequence[CheckpointRequest]:
    """The checkpoints, a night in a hut among them."""
    if conditions is None or conditions.hut is None:
        return checkpoints
    hut = conditions.hut
    return [*checkpoints, CheckpointRequest(hut.name, hut.at_m, stop_s=hut.stop_s)]


def sleeps_in_hut(conditions: Conditions | None) -> bool:
    """Whether a night in a hut was told."""
    return conditions is not None and conditions.hut is not None


def slept(clock: Clock, conditions: Conditions | None, length_m: float) -> Clock:
    """The clock with the night in a hut on it: sleeping takes the place of no other stop."""
    if conditions is None or conditions.hut is None or conditions.hut.at_m >= length_m:
        return clock
    return replace(clock, planned_s=clock.planned_s + conditions.hut.stop_s)


def _thin_air(route: RouteGeometry, pacing: Pacing, home_m: float) -> float:
    """How much slower (log) somebody from `home_m` is on the heights of a route, each weighing by the time there."""
    middle_m = (pacing.edges_m[1:] + pacing.edges_m[:-1]) / 2
    above_km = np.maximum(np.interp(middle_m, route.distance_m, route.elevation_m) - home_m, 0.0) / 1000.0
    lost = np.minimum(_HEIGHT_PER_KM * above_km, _MOST_LOST)
    return math.log(float(np.diff(pacing.share) @ (1.0 / (1.0 - lost))))


def _worst_of(people: int) -> float:
    """The expected worst of so many days, in standard deviations: a group of equals waits for whoever has it."""
    day = np.linspace(-8.0, 8.0, _EVEN_DAYS)
    below = 0.5 * (1.0 + np.array([math.erf(each / math.sqrt(2.0)) for each in day.tolist()]))
    return 8.0 - float(np.trapezoid(below**people, day))
