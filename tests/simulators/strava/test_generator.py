from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.strava.world.activity import ManualEntry
from simulators.strava.world.athlete import draw_physiology, log_relative_pace
from simulators.strava.world.course import make_course
from simulators.strava.world.recording import RecordingPlan, record
from tests.simulators.strava.conformance import strava_with

TRAITS = draw_physiology(np.random.default_rng(3), "intermediate")


def _plan(seed: int, length_m: float, terrain: str, sport: str = "TrailRun") -> RecordingPlan:
    return RecordingPlan(seed, sport, seed, terrain, length_m, (43.2, 76.9), 800.0, 0.0, 0.0, TRAITS)  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    length_m=st.floats(1_000, 60_000),
    terrain=st.sampled_from(["flat", "rolling", "mountain"]),
    sport=st.sampled_from(["Run", "TrailRun", "Hike", "Walk"]),
)
def test_every_recording_is_a_possible_one(seed: int, length_m: float, terrain: str, sport: str) -> None:
    track = record(_plan(seed, length_m, terrain, sport))
    assert track.altitude_m is not None
    assert track.heartrate_bpm is not None
    assert track.gradient is not None
    assert track.size <= 7_300
    assert (np.diff(track.time_s) > 0).all()
    assert (np.diff(track.distance_m) >= 0).all()
    assert track.length_m == pytest.approx(length_m, rel=0.03, abs=30)
    assert 0 < track.moving_time_s <= track.elapsed_time_s
    assert 150 < track.moving_time_s / track.length_m * 1000 < 2_500
    assert np.abs(track.gradient).max() <= 0.5
    assert 40 < track.heartrate_bpm.min() <= track.heartrate_bpm.max() < 200


def test_the_same_plan_gives_the_same_track() -> None:
    first, second = (record(_plan(9, 12_000, "mountain")) for _ in range(2))
    assert np.array_equal(first.time_s, second.time_s)
    assert np.array_equal(first.altitude_m, second.altitude_m)  # type: ignore[arg-type]


def test_a_course_ends_where_it_began() -> None:
    course = make_course(4, "mountain", 15_000, (43.2, 76.9), 900)
    assert course.elevation_m[0] == pytest.approx(course.elevation_m[-1], abs=0.5)
    assert course.lat_deg[0] == pytest.approx(course.lat_deg[-1], abs=1e-4)


@pytest.mark.parametrize("on_foot", [False, True])
def test_climbing_costs_time_and_gentle_descents_save_some(*, on_foot: bool) -> None:
    grades = np.array([-0.30, -0.05, 0.0, 0.10, 0.25])
    steep_down, gentle_down, flat, up, steep_up = log_relative_pace(grades, TRAITS, on_foot=on_foot)
    assert gentle_down < flat < up < steep_up
    assert steep_down > flat


def test_a_hundred_and_twenty_activities_are_made_in_well_under_a_second_and_a_half() -> None:
    strava = strava_with()
    started = time.process_time()
    athlete = strava.simulator.add_athlete(activities=120)
    assert time.process_time() - started < 1.5
    own = strava.simulator.activities_of(athlete)
    assert len(own) == 120
    assert all(a.started_at < strava.simulator.clock.now() for a in own)


def test_the_history_has_the_kinds_that_surprise_clients() -> None:
    simulator = strava_with().simulator
    own = simulator.activities_of(simulator.add_athlete(activities=60))
    assert {"Run", "TrailRun", "Hike", "Walk", "VirtualRun"} == {a.sport_type for a in own}
    assert sum(isinstance(a.source, ManualEntry) for a in own) == 1
    assert sum(a.visibility == "only_me" for a in own) == 1
    assert sum(a.hidden_start for a in own) == 1


def test_day_to_day_noise_is_a_few_percent() -> None:
    simulator = strava_with().simulator
    own = simulator.activities_of(simulator.add_athlete(activities=300, history_days=700))
    easy = [a.source.day_log_pace for a in own if isinstance(a.source, RecordingPlan) and not a.workout_type]
    assert 0.04 < float(np.std(easy)) < 0.09
