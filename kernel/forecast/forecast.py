"""A route's forecast, from a profile or for a stranger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np

from kernel.contracts.prediction import (
    CheckpointForecast,
    CheckpointRequest,
    Effort,
    FormulasS,
    MeasuredBy,
    Mode,
    Walked,
)
from kernel.contracts.route import CourseWarning
from kernel.contracts.said import Conditions
from kernel.contracts.times import Daylight, Plan
from kernel.fitted import Kind
from kernel.forecast.along import drift_of
from kernel.forecast.calibration import NO_PAST, Past
from kernel.forecast.causes import Explanation, explanation_of
from kernel.forecast.checkpoints import Way, arrivals_of, in_order, planned_stops_s
from kernel.forecast.climbs import ClimbForecast, climb_marks, climbs_of, climbs_on
from kernel.forecast.conditions import effects_of, explained, sleeps_in_hut, slept, slowed, with_hut
from kernel.forecast.daylight import daylight_of
from kernel.forecast.distribution import TimeDistribution
from kernel.forecast.elapsed import Clock, Stops, clock_of
from kernel.forecast.expectation import expected, stranger_flat_pace_s_per_km
from kernel.forecast.fitted_profile import FittedProfile, ProfileFacts
from kernel.forecast.foreseen import foreseen
from kernel.forecast.nights import weariness
from kernel.forecast.pacing import pacing_of
from kernel.forecast.plan import plan_of
from kernel.forecast.relief import relief_of
from kernel.forecast.splits import SplitForecast, Stretches, kilometre_marks, splits_of
from kernel.forecast.sun import Place
from kernel.forecast.terrain import TerrainForecast, ground_marks, terrain_of
from kernel.forecast.versions import Versions, versions_of
from kernel.pace.formulas import formulas_s
from kernel.pace.paths import Paths
from kernel.pace.population import KIND_OF_MODE
from kernel.tracks import FloatArray, RouteGeometry

MODEL: Final = "pace-curve/3"
NOMINAL_COVERAGE: Final = 0.8
_MARK: Final = "mark"


class Coverage(NamedTuple):
    """The share of `of` outings that such a band held, None of too few; told from past ones, or by the ledger."""

    held: float | None
    of: int
    by: MeasuredBy


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Everything an answer says. `facts` is None for a stranger.

    `times` are moving times at any effort; `asked` are those at `effort`, which splits, terrain, the way with its
    clock, checkpoints and daylight are about. `measured` is how often such a band held; `flat_pace_s_per_km` was
    stated, else it is that of the history, else that of people on such routes. `plan` is None without a goal,
    `daylight` without a start or a place; `start_at` is on the clock that the answer is told by; `warnings` are about
    the day, not the file.
    """

    way: Way
    effort: Effort
    times: TimeDistribution
    asked: TimeDistribution
    facts: ProfileFacts | None
    measured: Coverage
    flat_pace_s_per_km: float
    splits: tuple[SplitForecast, ...]
    terrain: tuple[TerrainForecast, ...]
    climbs: tuple[ClimbForecast, ...]
    walked: Walked
    checkpoints: tuple[CheckpointForecast, ...]
    formulas: FormulasS
    explanation: Explanation
    plan: Plan | None
    daylight: Daylight | None
    start_at: datetime | None
    warnings: tuple[CourseWarning, ...]

    @property
    def route(self) -> RouteGeometry:
        """What is forecast."""
        return self.way.route

    @property
    def clock(self) -> Clock:
        """From moving time to the clock."""
        return self.way.clock

    @property
    def s_per_km(self) -> FloatArray:
        """Median seconds per kilometre in each of the route's segments."""
        pace: FloatArray = 1000.0 * self.asked.p50_s * np.diff(self.way.pacing.share) / self.route.segment_length_m
        return pace

    def arrivals(self, also_at_m: Sequence[float]) -> tuple[CheckpointForecast, ...]:
        """When someone comes through the checkpoints and these distances, in order, without forecasting anew.

        Raises CheckpointBeyondRoute.
        """
        marks = [CheckpointRequest(_MARK, at_m) for at_m in also_at_m]
        return _arrivals(self.way, in_order([*marks, *self.way.checkpoints], self.route), self.asked)

    @property
    def p_finish_in_all_cutoffs(self) -> float | None:
        """The chance to make every cutoff; None when there is none."""
        chances = [a.p_all_in_time for a in self.checkpoints if a.p_all_in_time is not None]
        return chances[-1] if chances else None


def predict(
    route: RouteGeometry,
    *,
    mode: Mode,
    profile: FittedProfile | None,
    flat_pace_s_per_km: float | None = None,
    checkpoints: Sequence[CheckpointRequest] = (),
    effort: Effort = "moderate",
    goal_s: float | None = None,
    fade: float | None = None,
    start_at: datetime | None = None,
    place: Place | None = None,
    conditions: Conditions | None = None,
    past: Past = NO_PAST,
    paths: Paths | None = None,
) -> Forecast:
    """How long the route takes.

    A stated flat pace sets the formulas, and takes the population's place, with a profile as far as the history leaves
    open. `goal_s` is from start to finish, its second half slower by `fade`; `start_at` (with a zone) and `place`, the
    start of the route, give daylight; `past` is what came of earlier forecasts, `paths` those of the route under the
    athlete's key. Raises CheckpointBeyondRoute, GoalImpossible, and ValueError for a profile of the other mode.
    """
    kind, facts = KIND_OF_MODE[mode], _facts_of(profile, mode)
    versions, ordered = versions_of(route, kind), in_order(with_hut(checkpoints, conditions), route)
    expectation = expected(versions, kind, profile, flat_pace_s_per_km, stretch=past.stretch, paths=paths)
    effects = effects_of(conditions, route, kind, expectation.times.p50_s)
    times, stops = slowed(expectation.times, effects), _by_day(expectation.stops_at(effort), goal_s, conditions)
    planned_s, asked = planned_stops_s(in_order(checkpoints, route), route), times.at_effort(effort)
    told = (asked,) if goal_s is None else (asked, times)
    clock, *usual = (slept(clock_of(each, stops, planned_s), conditions, route.length_m) for each in told)
    rested = Way(route, kind, pacing_of(route, kind, asked.p50_s), clock, ordered)
    way, known = _by_night(rested, asked, start_at, place), _flat_pace_s_per_km(facts, versions, kind)
    stretches, flat_pace = Stretches(relief_of(route), kind, asked, way.pacing), flat_pace_s_per_km or known
    splits, terrain, climbs = _cut(stretches)
    because = explanation_of(route, expectation, kind=kind, flat_pace_s_per_km=flat_pace)
    return Forecast(
        way=way,
        effort=effort,
        times=times,
        asked=asked,
        facts=facts,
        measured=_measured(profile, past),
        flat_pace_s_per_km=flat_pace,
        splits=splits,
        terrain=terrain,
        climbs=climbs,
        walked=stretches.walked(),
        checkpoints=_arrivals(way, ordered, asked),
        formulas=formulas_s(route, flat_pace),
        explanation=explained(because, conditions, effects, times.p50_s),
        plan=None if goal_s is None else plan_of(goal_s, fade, way, *usual),
        daylight=None if start_at is None or place is None else daylight_of(start_at, place, way),
        start_at=start_at,
        warnings=foreseen(way, asked, facts, second_night=way is not rested, night_s=stops.night_s),
    )


def times_of(
    route: RouteGeometry,
    *,
    mode: Mode,
    profile: FittedProfile | None,
    flat_pace_s_per_km: float | None = None,
    paths: Paths | None = None,
) -> TimeDistribution:
    """The distribution alone, without splits and formulas."""
    kind = KIND_OF_MODE[mode]
    return expected(versions_of(route, kind), kind, profile, flat_pace_s_per_km, paths=paths).times


def _facts_of(profile: FittedProfile | None, mode: Mode) -> ProfileFacts | None:
    """Raises ValueError for a profile of the other mode."""
    if profile is not None and profile.facts.mode != mode:
        raise ValueError(f"This profile describes {profile.facts.mode}, not {mode}.")
    return None if profile is None else profile.facts


def _cut(
    stretches: Stretches,
) -> tuple[tuple[SplitForecast, ...], tuple[TerrainForecast, ...], tuple[ClimbForecast, ...]]:
    """The kilometres, the ground and the climbs of a route."""
    route, ends = stretches.relief.route, climbs_on(stretches.relief)
    each_km, ground, up = stretches.cut(kilometre_marks(route), ground_marks(route), climb_marks(route, ends))
    return splits_of(each_km), terrain_of(ground), climbs_of(route, ends, up)


def _flat_pace_s_per_km(facts: ProfileFacts | None, versions: Versions, kind: Kind) -> float:
    """Of the history, else of people on such routes."""
    return facts.flat_pace_s_per_km if facts else stranger_flat_pace_s_per_km(versions, kind)


def _by_night(way: Way, times: TimeDistribution, start_at: datetime | None, place: Place | None) -> Way:
    """The way as it is gone where it leads into a second night, else the same."""
    weary = None if start_at is None or place is None else weariness(way, start_at, place)
    return way if weary is None else replace(way, pacing=pacing_of(way.route, way.kind, times.p50_s, weary=weary))


def _by_day(stops: Stops, goal_s: float | None, conditions: Conditions | None) -> Stops:
    """Whoever has a goal or says where they sleep has no other night on the way."""
    return stops if goal_s is None and not sleeps_in_hut(conditions) else replace(stops, night_s=0.0)


def _measured(profile: FittedProfile | None, past: Past) -> Coverage:
    """Of forecasts that were made before their outings, once there are enough; of past outings until then."""
    if profile is None:
        return Coverage(None, 0, "past")
    if past.held is not None:
        return Coverage(past.held, past.compared, "ledger")
    return Coverage(*profile.measured_coverage, "past")


def _arrivals(
    way: Way, ordered: Sequence[CheckpointRequest], times: TimeDistribution
) -> tuple[CheckpointForecast, ...]:
    return arrivals_of(ordered, way.clock, way.pacing, drift_of(way.route, times)) if ordered else ()
