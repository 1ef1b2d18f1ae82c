"""The kernel as a predictor in the shape that the evaluation protocol asks for, through its public functions only.

Nothing about location is used (tier A, what is shipped): of a route's shape its turning counts, not its paths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.activities import Outing, outing_of, target_of
from kernel.contracts.prediction import Mode
from kernel.forecast import FittedProfile, fit_profile, times_of
from kernel.forecast.distribution import Z90, TimeDistribution
from kernel.forecast.elapsed import Stops, clock_of
from kernel.forecast.expectation import expected
from kernel.forecast.versions import versions_of
from kernel.pace import ActivityFeatures
from kernel.tracks.track import FloatArray

TODAY_DAY = 1e6
"""After every activity there is: the history handed over is all that has happened."""


@dataclass(slots=True)
class Athlete:
    """A history, fitted for a mode when that mode is first asked for."""

    features: list[ActivityFeatures]
    profiles: dict[Mode, FittedProfile | None] = field(default_factory=dict)

    def profile(self, mode: Mode) -> FittedProfile | None:
        """The fitted profile of a mode."""
        if mode not in self.profiles:
            self.profiles[mode] = fit_profile(self.features, mode, today_day=TODAY_DAY)
        return self.profiles[mode]

    def forecast(self, target: Outing, flat_pace_s_per_km: float | None = None) -> TimeDistribution:
        """Moving time of a route."""
        mode = mode_of(target)
        return times_of(
            target.route,
            mode=mode,
            profile=self.profile(mode),
            flat_pace_s_per_km=flat_pace_s_per_km,
        )

    def elapsed(self, target: Outing, times: TimeDistribution) -> tuple[float, float, float]:
        """P10, P50 and P90 of elapsed time for a forecast of moving time."""
        stops = expected(versions_of(target.route, target.kind), target.kind, self.profile(mode_of(target))).stops
        low, middle, high = clock_of(times, stops, 0.0).going_at(np.array([-Z90, 0.0, Z90])).tolist()
        return low, middle, high


def athlete_of(outings: Sequence[Outing]) -> Athlete:
    """The athlete of these outings."""
    return Athlete([outing.features for outing in outings if outing.features])


def mode_of(target: Outing) -> Mode:
    """What a target counts as."""
    return "trail_run" if target.kind == "run" else "hiking"


def fit(history: Sequence[Mapping[str, Any]]) -> Athlete:
    """The model of an athlete's earlier activities."""
    return athlete_of([outing_of(activity) for activity in history])


def predict(
    model: Athlete, d: FloatArray, ele: FloatArray, sport: str, shape: Mapping[str, Any]
) -> dict[str, tuple[float, float, float]]:
    """Quantiles of moving and of elapsed seconds for a route."""
    times, elapsed = forecast(model, d, ele, sport, shape)
    return answer(times, elapsed)


def forecast(
    model: Athlete, d: FloatArray, ele: FloatArray, sport: str, shape: Mapping[str, Any]
) -> tuple[TimeDistribution, tuple[float, float, float]]:
    """The whole distribution of moving time, and P10, P50 and P90 of elapsed time."""
    target = target_of(d, ele, sport, shape)
    times = model.forecast(target)
    return times, model.elapsed(target, times)


def share_within(times: TimeDistribution, moving_s: float) -> float:
    """The share of the distribution that takes no longer than this: the clock's chance where nobody stops."""
    return clock_of(times, Stops(0.0, 0.0), 0.0).chance_within(moving_s)


def answer(times: TimeDistribution, elapsed: tuple[float, float, float]) -> dict[str, tuple[float, float, float]]:
    """What the protocol wants to know of a forecast."""
    return {"moving": (times.p10_s, times.p50_s, times.p90_s), "elapsed": elapsed}
