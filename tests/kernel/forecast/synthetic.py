"""Made-up athletes and routes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
from hypothesis import strategies as st

from kernel.contracts.activity import SportTag
from kernel.contracts.prediction import Mode
from kernel.forecast import FittedProfile, fit_profile
from kernel.pace import ActivityFeatures, features_of_recording
from kernel.tracks import Recording, RouteGeometry, route_from_arrays
from kernel.tracks.track import FloatArray

START = datetime(2025, 3, 1, 6, tzinfo=UTC)
TODAY_DAY = 21_000.0

gradients = st.lists(st.tuples(st.floats(-0.3, 0.3), st.integers(10, 80)), min_size=1, max_size=12).map(
    lambda legs: np.concatenate([np.zeros(100), *(np.full(steps, slope) for slope, steps in legs)])
)
"""Slopes of 10 m steps: a flat kilometre, then legs of 100 to 800 m."""

modes: st.SearchStrategy[Mode] = st.sampled_from(["trail_run", "hiking"])
sizes = st.sampled_from([1, 3, 12, 40])
seeds = st.integers(0, 30)


def route_of(slopes: FloatArray) -> RouteGeometry:
    distance_m = np.arange(len(slopes) + 1) * 10.0
    return route_from_arrays(distance_m, 500.0 + np.concatenate(([0.0], np.cumsum(10.0 * slopes))))


def flat_route(length_m: float) -> RouteGeometry:
    return route_of(np.zeros(round(length_m / 10)))


def recording_of(slopes: FloatArray, s_per_m: float, started_at: datetime = START) -> Recording:
    """A recording at an even 'effort': slower by a tenth per 3 % of climb."""
    pace = s_per_m * np.exp(3.0 * np.maximum(slopes, -0.1))
    return Recording(
        time_s=np.concatenate(([0.0], np.cumsum(10.0 * pace))),
        distance_m=np.arange(len(slopes) + 1) * 10.0,
        elevation_m=500.0 + np.concatenate(([0.0], np.cumsum(10.0 * slopes))),
        started_at=started_at,
    )


def history_of(mode: Mode, size: int, seed: int) -> list[ActivityFeatures]:
    """Outings whose pace varies with the day and, to no good reason, with the hills."""
    rng = np.random.default_rng(seed)
    sport: SportTag = "trail_run" if mode == "trail_run" else "hike"
    level, fondness = (0.36 if mode == "trail_run" else 0.8) * np.exp(rng.normal(0, 0.2)), rng.normal(0, 1.5)
    features = []
    for i in range(size):
        slopes = rng.uniform(0.0, 0.12) * np.sign(np.sin(np.arange(rng.integers(200, 1500)) / rng.uniform(8, 60)))
        pace = level * np.exp(rng.normal(0, 0.08) + fondness * np.abs(slopes).mean())
        features.append(features_of_recording(recording_of(slopes, pace, START + timedelta(days=3 * i)), sport))
    return features


def faster(history: list[ActivityFeatures], log_share: float) -> list[ActivityFeatures]:
    return [msgspec.structs.replace(f, log_moving_s=f.log_moving_s - log_share) for f in history]


def profile_of(mode: Mode, size: int, seed: int) -> FittedProfile:
    profile = fit_profile(history_of(mode, size, seed), mode, today_day=TODAY_DAY)
    assert profile is not None
    return profile
