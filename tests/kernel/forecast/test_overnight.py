"""Outings with a night on the way: they say nothing of stops by day, and when the next one has a night too."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import Mode
from kernel.contracts.said import Conditions, Night
from kernel.forecast import FittedProfile, fit_profile, predict
from kernel.forecast.overnight import Nights, by_day, nights_of
from kernel.pace import ActivityFeatures
from tests.kernel.forecast.synthetic import TODAY_DAY, flat_route, history_of

HOUR = 3600.0
DAYS = 12
TWO = ((10.0, 17.0), (10.5, 17.0))


def day(like: ActivityFeatures, moving_h: float, standing_h: float) -> ActivityFeatures:
    """An outing on the flat at an even pace, of so many hours."""
    log_unit_time = math.log(moving_h * HOUR / 0.8)
    return msgspec.structs.replace(
        like,
        log_moving_s=math.log(moving_h * HOUR),
        elapsed_ratio=1.0 + standing_h / moving_h,
        log_unit_time=log_unit_time,
        climb_cost=0.0,
        log_km=log_unit_time - math.log(1000.0),
    )


def history(*nights: tuple[float, float], mode: Mode = "hiking") -> list[ActivityFeatures]:
    """Days of two to six hours with a quarter of that standing, and nights (moving and standing hours) before them."""
    like = history_of(mode, DAYS + len(nights), 1)
    days = [(2.0 + 4.0 * i / DAYS, 0.25 * (2.0 + 4.0 * i / DAYS)) for i in range(DAYS)]
    return [day(one, *hours) for one, hours in zip(like, [*nights, *days], strict=True)]


def profile_of_nights(*nights: tuple[float, float], mode: Mode = "hiking") -> FittedProfile:
    profile = fit_profile(history(*nights, mode=mode), mode, today_day=TODAY_DAY)
    assert profile is not None
    return profile


def elapsed_h(profile: FittedProfile, km: float, **said: Any) -> float:
    route = flat_route(1000 * km)
    forecast = predict(route, mode=profile.facts.mode, profile=profile, **said)
    return forecast.clock.total_at(0.0) / HOUR


def test_a_night_on_the_way_is_expected_where_walks_were_as_long_and_on_no_shorter_one():
    without, slept = profile_of_nights(), profile_of_nights(*TWO)
    assert elapsed_h(slept, 15) == pytest.approx(elapsed_h(without, 15), rel=0.02)
    assert elapsed_h(slept, 50) > elapsed_h(without, 50) + 12


def test_a_night_says_nothing_of_the_stops_of_a_day():
    without, slept = (profile_of_nights(*nights) for nights in ((), ((10.0, 17.0), (11.0, 16.0))))
    assert elapsed_h(slept, 12) == pytest.approx(elapsed_h(without, 12), rel=0.02)


@pytest.mark.parametrize("left_after", [((1.0, 20.0), (2.0, 20.0)), ((10.0, 17.0),)])
def test_a_watch_that_was_left_running_makes_no_night_and_no_stops(left_after: tuple[tuple[float, float], ...]):
    """After short walks, or once after a long one."""
    without, left = profile_of_nights(), profile_of_nights(*left_after)
    assert left.nights is None
    assert elapsed_h(left, 50) == pytest.approx(elapsed_h(without, 50), rel=0.02)


def test_who_has_a_goal_or_says_where_they_sleep_or_races_has_no_other_night():
    slept = profile_of_nights(*TWO)
    night_s = 8 * HOUR
    hut = Conditions(hut=Night(at_m=25_000, stop_s=night_s))
    expected_h = elapsed_h(profile_of_nights(), 50)
    assert elapsed_h(slept, 50, conditions=hut) == pytest.approx(expected_h + night_s / HOUR, rel=0.02)
    assert elapsed_h(slept, 50, goal_s=14 * HOUR) == pytest.approx(expected_h, rel=0.02)
    assert elapsed_h(slept, 50, effort="race") < expected_h


def test_a_night_is_said_in_place_of_what_a_long_hike_leaves_out():
    codes = {
        nights: [
            w.code for w in predict(flat_route(60_000), mode="hiking", profile=profile_of_nights(*nights)).warnings
        ]
        for nights in ((), TWO)
    }
    assert "long_hike" in codes[()]
    assert "night_expected" not in codes[()]
    assert "night_expected" in codes[TWO]
    assert "long_hike" not in codes[TWO]


def test_runners_are_expected_to_run_through_the_night():
    assert profile_of_nights(*TWO, mode="trail_run").nights is None


def test_a_profile_keeps_its_nights():
    profile = profile_of_nights(*TWO)
    again = FittedProfile.from_bytes(profile.to_bytes())
    assert again.nights == profile.nights == Nights(*profile.nights or ())
    assert elapsed_h(again, 50) == elapsed_h(profile, 50)


@settings(max_examples=50, deadline=None)
@example([(5.0, True), (6.0, True)])
@given(st.lists(st.tuples(st.floats(1, 14), st.booleans()), min_size=1, max_size=12))
def test_nights_are_told_from_days_with_the_fewest_mistakes(walks: list[tuple[float, bool]]):
    like = history_of("hiking", len(walks), 1)
    rows = [day(one, hours, 12.0 if slept else 0.2) for one, (hours, slept) in zip(like, walks, strict=True)]
    nights = nights_of(rows, "walk")
    truth = [slept and hours >= 5 for hours, slept in walks]
    if sum(truth) < len(TWO):
        assert nights is None
        return

    def mistakes(from_h: float) -> int:
        return sum((hours >= from_h - 1e-9) != slept for (hours, _), slept in zip(walks, truth, strict=True))

    best = min(mistakes(from_h) for from_h in (*(hours for hours, _ in walks), math.inf))
    if nights is not None:
        assert nights.night_s >= 0
    if len({hours for hours, _ in walks}) == len(walks):
        assert mistakes(math.inf if nights is None else nights.from_s / HOUR) == best


def test_a_history_of_nights_alone_teaches_the_usual_stops():
    stops, noise = by_day(np.array([1.2, 1.4]), np.array([0.02, 0.02]), np.array([True, True]))
    assert stops.tolist() == [0.0, 0.0]
    assert (noise > 1.0).all()
