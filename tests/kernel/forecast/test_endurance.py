"""Days longer than a body keeps its pace: the law, its inverse, and what reason demands of both."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import Mode
from kernel.fitted import FADE, FADE_FROM_S, Kind
from kernel.forecast import fit_profile, predict, times_of
from kernel.forecast.endurance import beyond_sd, rested, slowed
from kernel.pace import ActivityFeatures
from tests.kernel.forecast.synthetic import TODAY_DAY, flat_route, history_of, modes, profile_of, seeds

kinds: st.SearchStrategy[Kind] = st.sampled_from(["run", "walk"])
log_times = st.floats(math.log(60), math.log(1e6))


def log_slowed(log_s: float, kind: Kind) -> float:
    return float(slowed(np.array([log_s]), kind)[0])


@given(kinds, log_times)
def test_what_slowing_does_resting_undoes(kind: Kind, log_s: float):
    there = slowed(np.array([log_s]), kind)
    assert rested(there, kind)[0] == pytest.approx(log_s, abs=1e-9)


@given(kinds, log_times, st.floats(1e-6, 3))
def test_a_harder_course_always_takes_longer_and_a_longer_time_always_teaches_a_slower_pace(
    kind: Kind, log_s: float, more: float
):
    for law in (slowed, rested):
        low, high = law(np.array([log_s, log_s + more]), kind)
        assert high > low


@given(kinds, log_times)
def test_nobody_slows_before_the_hours_that_a_body_lasts(kind: Kind, log_s: float):
    tired = log_slowed(log_s, kind) - log_s
    assert (tired == 0.0) == (log_s <= math.log(FADE_FROM_S[kind]))


def test_twice_the_ultra_takes_two_to_the_power_of_the_law_as_long():
    day = math.log(20 * 3600)
    assert log_slowed(day + math.log(2), "run") - log_slowed(day, "run") == pytest.approx((1 + FADE) * math.log(2))


@given(log_times, st.floats(0, 3), st.floats(0, 3))
def test_a_day_within_the_longest_adds_no_doubt_and_one_farther_beyond_adds_more(
    longest: float, beyond: float, more: float
):
    near, far = beyond_sd(np.array([longest + beyond, longest + beyond + more]), longest)
    assert far >= near >= 0.0
    assert beyond_sd(np.array([longest - beyond]), longest)[0] == 0.0


def on_days_of(hours: float) -> list[ActivityFeatures]:
    """Outings on the flat that all took so long at 6:00 per km."""
    (one,) = history_of("trail_run", 1, 1)
    metres = hours * 10_000
    return [
        msgspec.structs.replace(
            one,
            log_km=math.log(metres / 1000),
            log_unit_time=math.log(metres),
            climb_cost=0.0,
            log_moving_s=math.log(hours * 3600),
            day=one.day + i,
        )
        for i in range(20)
    ]


@pytest.mark.parametrize("hours", [1.0, 2.0, 5.0, 12.0])
def test_who_always_goes_so_long_is_forecast_to_take_as_long_again(hours: float):
    profile = fit_profile(on_days_of(hours), "trail_run", today_day=TODAY_DAY)
    times = times_of(flat_route(hours * 10_000), mode="trail_run", profile=profile)
    assert times.p50_s == pytest.approx(hours * 3600, rel=0.02)


def test_who_keeps_a_pace_for_twelve_hours_is_faster_over_one_than_who_keeps_it_for_one():
    for_long, for_short = (
        times_of(
            flat_route(10_000),
            mode="trail_run",
            profile=fit_profile(on_days_of(hours), "trail_run", today_day=TODAY_DAY),
        )
        for hours in (12.0, 1.0)
    )
    assert for_long.p50_s < 0.85 * for_short.p50_s


def test_hikers_keep_their_pace_when_runners_have_long_slowed():
    runner, hiker = (
        [
            times_of(flat_route(metres), mode=mode, profile=None, flat_pace_s_per_km=600).p50_s
            for metres in (10_000, 40_000)
        ]
        for mode in ("trail_run", "hiking")
    )
    assert hiker[1] == pytest.approx(4 * hiker[0], rel=0.02)
    assert runner[1] > 4.3 * runner[0]


@settings(max_examples=30, deadline=None)
@given(modes, seeds, st.floats(10, 300), st.floats(1.05, 3))
def test_the_farther_the_longer_and_never_at_a_faster_pace_on_the_flat(
    mode: Mode, seed: int, km: float, farther: float
):
    profile = profile_of(mode, 12, seed)
    near, far = (times_of(flat_route(1000 * d), mode=mode, profile=profile) for d in (km, farther * km))
    assert far.p50_s > near.p50_s
    assert far.p90_s > near.p90_s
    assert far.p10_s > near.p10_s


@settings(max_examples=20, deadline=None)
@given(modes, st.floats(5, 300))
def test_stops_do_not_grow_with_the_slowing_which_holds_them(mode: Mode, km: float):
    told = predict(flat_route(1000 * km), mode=mode, profile=None, flat_pace_s_per_km=600)
    untired = predict(flat_route(5_000), mode=mode, profile=None, flat_pace_s_per_km=600)
    assert told.clock.unplanned_at(0.0) == pytest.approx(untired.clock.unplanned_at(0.0) * km / 5, rel=0.05)


def test_only_who_states_a_pace_is_in_more_doubt_on_a_long_day():
    stated, silent = (
        [
            times_of(flat_route(metres), mode="trail_run", profile=None, flat_pace_s_per_km=pace)
            for metres in (10_000, 150_000)
        ]
        for pace in (360, None)
    )
    stated_width, silent_width = ([times.p90_s / times.p10_s for times in each] for each in (stated, silent))
    assert stated_width[1] > 1.2 * stated_width[0]
    assert silent_width[1] == pytest.approx(silent_width[0])
