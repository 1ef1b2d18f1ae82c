from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kernel.contracts.prediction import Mode, PredictRequest
from kernel.contracts.said import RaceResult
from kernel.forecast import PaceStatedTwice, ResultImplausible, stated_flat_pace_s_per_km, times_of
from kernel.tracks import RouteGeometry, route_from_arrays

MODES = st.sampled_from(["trail_run", "hiking"])
LENGTH_M = st.floats(1_000, 200_000)
PACE_S_PER_KM = st.floats(180, 900)


def flat(length_m: float) -> RouteGeometry:
    return route_from_arrays(np.array([0.0, length_m]), np.array([500.0, 500.0]))


def pace_of(mode: Mode, distance_m: float, time_s: float) -> float:
    request = PredictRequest(mode=mode, result=RaceResult(distance_m, time_s))
    found = stated_flat_pace_s_per_km(request)
    assert found is not None
    return found


@given(MODES, LENGTH_M, PACE_S_PER_KM)
def test_a_flat_course_like_the_race_is_predicted_as_it_was_run(mode: Mode, length_m: float, s_per_km: float):
    time_s = s_per_km * length_m / 1000
    try:
        pace = pace_of(mode, length_m, time_s)
    except ResultImplausible:
        assume(False)
    times = times_of(flat(length_m), mode=mode, profile=None, flat_pace_s_per_km=pace)
    assert times.at_effort("race").p50_s == pytest.approx(time_s, rel=1e-6)


@given(MODES, LENGTH_M, PACE_S_PER_KM, st.floats(1.01, 1.3))
def test_a_slower_race_never_means_a_faster_pace(mode: Mode, length_m: float, s_per_km: float, slower: float):
    time_s = s_per_km * length_m / 1000
    try:
        assert pace_of(mode, length_m, time_s) < pace_of(mode, length_m, slower * time_s)
    except ResultImplausible:
        assume(False)


@given(MODES, st.floats(1_000, 100_000), st.floats(1.01, 2), PACE_S_PER_KM)
def test_the_same_speed_over_a_longer_way_means_no_slower_pace(
    mode: Mode, length_m: float, longer: float, s_per_km: float
):
    try:
        short = pace_of(mode, length_m, s_per_km * length_m / 1000)
        long = pace_of(mode, longer * length_m, s_per_km * longer * length_m / 1000)
    except ResultImplausible:
        assume(False)
    assert long <= short + 1e-9


def test_one_goes_slower_steadily_than_in_a_race():
    assert pace_of("trail_run", 10_000, 3_000) > 300


@pytest.mark.parametrize(("distance_m", "time_s"), [(10_000, 60), (1_000, 100_000), (500_000, 1)])
def test_a_race_nobody_runs_is_refused(distance_m: float, time_s: float):
    with pytest.raises(ResultImplausible, match="min/km"):
        pace_of("trail_run", distance_m, time_s)


def test_a_pace_and_a_result_are_one_too_many():
    with pytest.raises(PaceStatedTwice):
        stated_flat_pace_s_per_km(PredictRequest(flat_pace=300, result=RaceResult(10_000, 3_000)))


def test_a_stated_pace_is_taken_as_it_is_and_silence_is_none():
    assert stated_flat_pace_s_per_km(PredictRequest(flat_pace=300)) == 300
    assert stated_flat_pace_s_per_km(PredictRequest()) is None
