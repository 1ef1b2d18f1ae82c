"""A route's forecast, from a profile or for a stranger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kernel.contracts.prediction import Mode
from kernel.forecast.distribution import TimeDistribution, personal_times, population_times
from kernel.forecast.fit import FittedProfile, ProfileFacts
from kernel.forecast.splits import (
    CheckpointArrival,
    CheckpointLike,
    SplitForecast,
    arrivals_of,
    pacing_of,
    splits_of,
)
from kernel.pace.formulas import FormulaTimes, formulas_s
from kernel.pace.population import KIND_OF_MODE, prior_flat_pace_s_per_km
from kernel.tracks import RouteGeometry

MODEL: Final = "pace-curve/1"
NOMINAL_COVERAGE: Final = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Everything an answer says. Times are moving seconds; `facts` is None for a stranger.

    `pause_ratio` is how many seconds pass per second moving on the athlete's outings (1 for a stranger).
    """

    mode: Mode
    route: RouteGeometry
    times: TimeDistribution
    gap_time_s: float
    facts: ProfileFacts | None
    measured_coverage: float | None
    measured_on: int
    pause_ratio: float
    splits: tuple[SplitForecast, ...]
    checkpoints: tuple[CheckpointArrival, ...]
    formulas: FormulaTimes

    @property
    def personalized(self) -> bool:
        """Whether a history stands behind it."""
        return self.facts is not None


def predict(
    route: RouteGeometry,
    *,
    mode: Mode,
    profile: FittedProfile | None,
    flat_pace_s_per_km: float | None = None,
    checkpoints: Sequence[CheckpointLike] = (),
) -> Forecast:
    """How long the route takes.

    A stated flat pace sets the formulas and `gap_time_s`, and takes the population's place: wholly without a profile,
    with one as far as the history leaves open. Raises CheckpointBeyondRoute, and ValueError for a profile of the
    other mode.
    """
    if profile is not None and profile.facts.mode != mode:
        raise ValueError(f"This profile describes {profile.facts.mode}, not {mode}.")
    times = times_of(route, mode=mode, profile=profile, flat_pace_s_per_km=flat_pace_s_per_km)
    kind = KIND_OF_MODE[mode]
    known_pace = profile.facts.flat_pace_s_per_km if profile else prior_flat_pace_s_per_km(kind)
    formulas = formulas_s(route, flat_pace_s_per_km or known_pace)
    pacing = pacing_of(route, kind, times.p50_s)
    coverage, measured_on = profile.measured_coverage() if profile else (None, 0)
    return Forecast(
        mode=mode,
        route=route,
        times=times,
        gap_time_s=formulas.strava_gap,
        facts=profile.facts if profile else None,
        measured_coverage=coverage,
        measured_on=measured_on,
        pause_ratio=profile.facts.pause_ratio if profile else 1.0,
        splits=splits_of(route, kind, times, pacing),
        checkpoints=arrivals_of(checkpoints, route, times, pacing),
        formulas=formulas,
    )


def times_of(
    route: RouteGeometry,
    *,
    mode: Mode,
    profile: FittedProfile | None,
    flat_pace_s_per_km: float | None = None,
) -> TimeDistribution:
    """The distribution alone, without splits and formulas."""
    if profile is None:
        return population_times(route, KIND_OF_MODE[mode], flat_pace_s_per_km)
    return personal_times(route, profile, flat_pace_s_per_km)
