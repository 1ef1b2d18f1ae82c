"""Effort, stops, and time on the clock."""

from __future__ import annotations

import math
from statistics import NormalDist

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import CheckpointRequest, Effort, Mode
from kernel.forecast import FittedProfile, fit_profile, forecast_to_wire, predict
from kernel.forecast.distribution import TimeDistribution
from kernel.forecast.elapsed import Clock, Stops, clock_of
from kernel.forecast.expectation import expected
from kernel.forecast.versions import versions_of
from tests.kernel.forecast.synthetic import TODAY_DAY, flat_route, history_of, modes, profile_of, seeds

quick = settings(max_examples=60, deadline=None)
efforts = st.sampled_from(["fast", "moderate", "easy"])
TIMES = TimeDistribution(3000, 3200, 3400, 3700, 4100, 1.0, 1.0)


def clock(ratio: float, planned_s: float = 0.0) -> Clock:
    return clock_of(TIMES, Stops(math.log(ratio), 0.1), planned_s)


def test_an_effort_centres_the_band_on_its_own_quarter_point():
    fast, usual, easy = (TIMES.at_effort(effort) for effort in ("fast", "moderate", "easy"))
    assert (fast.p50_s, usual.p50_s, easy.p50_s) == pytest.approx((3200, 3400, 3700))
    assert usual == TIMES
    for asked in (fast, easy):
        assert asked.p90_s / asked.p10_s == pytest.approx(4100 / 3000)


def test_where_nobody_stops_the_chance_undoes_seconds_at_a_score():
    scores = np.linspace(-3, 3, 25)
    still = clock_of(TIMES, Stops(0.0, 0.0), 0.0)
    chances = [still.chance_within(seconds) for seconds in TIMES.s_at(scores)]
    assert chances == pytest.approx([NormalDist().cdf(z) for z in scores])
    assert list(TIMES.s_at(np.array([-1.2816, 0.0, 1.2816]))) == pytest.approx([3000, 3400, 4100])


def test_the_clock_runs_on_by_the_athletes_usual_stops():
    assert clock(1.1).total_at(0.0) == pytest.approx(1.1 * 3400)
    assert clock(1.0).total_at(0.0) == pytest.approx(3400)


def test_planned_stops_replace_the_expected_ones_where_they_are_longer():
    assert clock(1.1, planned_s=200).total_at(0.0) == pytest.approx(1.1 * 3400)
    assert clock(1.1, planned_s=900).total_at(0.0) == pytest.approx(3400 + 900)


def stopping(elapsed_ratio: float) -> FittedProfile:
    history = [msgspec.structs.replace(f, elapsed_ratio=elapsed_ratio) for f in history_of("trail_run", 30, 1)]
    profile = fit_profile(history, "trail_run", today_day=TODAY_DAY)
    assert profile is not None
    return profile


def test_those_who_stop_a_quarter_of_the_time_are_expected_to_and_those_who_never_do_are_not():
    route = versions_of(flat_route(10_000), "run")
    often, never = (expected(route, "run", stopping(ratio)).stops for ratio in (1.25, 1.0))
    assert math.exp(often.log_ratio) == pytest.approx(1.25, abs=0.02)
    assert 0.0 <= never.log_ratio < 0.005


def test_a_stranger_who_walks_stops_more_than_one_who_runs():
    walk, run = (expected(versions_of(flat_route(5000), kind), kind, None).stops for kind in ("walk", "run"))
    assert walk.log_ratio > run.log_ratio > 0


def test_stops_are_never_negative_and_doubt_about_them_widens_the_clock():
    sure, unsure = (clock_of(TIMES, Stops(0.05, sd), 0.0) for sd in (0.0, 0.3))
    assert (unsure.unplanned_s >= 0).all()
    assert unsure.total_at(1.2816) > sure.total_at(1.2816)
    assert unsure.total_at(0.0) == pytest.approx(sure.total_at(0.0))


@quick
@given(st.floats(1.0, 3.0), st.floats(0, 5000), st.floats(1, 1e6))
def test_a_later_limit_is_never_less_likely_and_stops_undo_each_other(ratio: float, planned_s: float, limit_s: float):
    on_clock = clock(ratio, planned_s)
    assert 0.0 <= on_clock.chance_within(limit_s) <= on_clock.chance_within(1.1 * limit_s) <= 1.0
    assert on_clock.without_stops(on_clock.with_stops(limit_s)) == pytest.approx(limit_s)


def test_the_clock_at_a_quantile_is_that_quantile():
    on_clock = clock(1.2, 300)
    chances = [on_clock.chance_within(on_clock.total_at(z)) for z in (-1.2816, 0.0, 1.2816)]
    assert chances == pytest.approx([0.1, 0.5, 0.9], abs=1e-3)


@quick
@given(modes, seeds, efforts, st.lists(st.floats(0, 3000), max_size=4))
def test_elapsed_is_never_less_than_moving_and_its_quantiles_are_ordered(
    mode: Mode, seed: int, effort: Effort, stops: list[float]
):
    places = [CheckpointRequest(f"CP{i}", 2000.0 * i, stop) for i, stop in enumerate(stops)]
    forecast = predict(
        flat_route(9_000), mode=mode, profile=profile_of(mode, 12, seed), effort=effort, checkpoints=places
    )
    answer = forecast_to_wire(forecast, "id")
    assert answer.elapsed_s.p10 <= answer.elapsed_s.p50 <= answer.elapsed_s.p90
    assert answer.elapsed_s.p10 >= answer.interval.p10_s
    assert answer.elapsed_s.p50 == answer.interval.p50_s + answer.stops_s
    assert answer.stops_s >= round(sum(stops)) - 1
    assert answer.interval.p50_s == getattr(answer.times_s, effort)
    assert sum(split.time_s.p50 for split in answer.splits) == answer.interval.p50_s


def test_the_finish_is_reached_when_the_clock_says_so():
    route, profile = flat_route(20_000), profile_of("trail_run", 12, 1)
    places = [CheckpointRequest("half", 10_000, stop_s=600), CheckpointRequest("finish", route.length_m, stop_s=3600)]
    forecast = predict(route, mode="trail_run", profile=profile, checkpoints=places)
    half, finish = forecast.checkpoints
    assert finish.eta_s.p50 == round(forecast.clock.total_at(0.0))
    assert [finish.eta_s.p10, finish.eta_s.p90] == [round(forecast.clock.total_at(z)) for z in (-1.2816, 1.2816)]
    assert finish.eta_s.p50 - half.eta_s.p50 >= 600 + 0.4 * forecast.asked.p50_s
    assert [half.stop_s, finish.stop_s] == [600, 3600]


def test_a_stop_at_the_finish_delays_nobody():
    route = flat_route(5000)
    with_stop, without = (
        predict(route, mode="hiking", profile=None, checkpoints=[CheckpointRequest("finish", route.length_m, stop_s)])
        for stop_s in (3600.0, 0.0)
    )
    assert with_stop.clock.total_at(0.0) == without.clock.total_at(0.0)
