"""Climbs are whole: counted as somebody who runs them counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.forecast import Forecast, predict
from kernel.forecast.climbs import ClimbForecast, _core
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import gradients, route_of


def forecast_of(slopes: FloatArray) -> Forecast:
    return predict(route_of(slopes), mode="trail_run", profile=None)


def climbs(*slope_and_metres: tuple[float, int]) -> tuple[ClimbForecast, ...]:
    return forecast_of(np.concatenate([np.full(metres // 10, slope) for slope, metres in slope_and_metres])).climbs


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=60))
def test_a_climb_begins_where_it_is_lowest_for_the_last_time_before_it_has_risen_most(steps: list[int]):
    above_m = np.cumsum(np.array(steps, dtype=np.float64))
    low, high = _core(above_m, 0, len(steps) - 1)
    rises = [above_m[at] - above_m[: at + 1].min() for at in range(len(steps))]
    assert high == int(np.argmax(rises))
    assert low == int(np.flatnonzero(above_m[: high + 1] == above_m[: high + 1].min())[-1])


def test_a_short_flat_does_not_end_a_climb():
    (climb,) = climbs((0.0, 2000), (0.1, 2000), (0.0, 300), (0.1, 2000), (-0.2, 2000))
    assert (climb.from_m, climb.to_m) == pytest.approx((2000, 6300), abs=150)
    assert climb.gain_m == pytest.approx(400, abs=15)
    assert climb.gradient == pytest.approx(400 / 4300, abs=0.01)


def test_a_valley_between_two_cols_ends_one():
    first, second = climbs((0.1, 3000), (-0.1, 2000), (0.1, 3000), (-0.1, 4000))
    assert first.to_m == pytest.approx(3000, abs=150)
    assert second.from_m == pytest.approx(5000, abs=150)


def test_a_dip_that_is_soon_over_is_part_of_a_long_climb():
    climb, *others = climbs((0.1, 8000), (-0.1, 300), (0.1, 8000), (-0.05, 30_000))
    assert others == []
    assert climb.to_m - climb.from_m == pytest.approx(16_300, abs=300)


def test_the_flat_valley_before_a_climb_is_none_of_it():
    (climb,) = climbs((0.005, 6000), (0.12, 3000), (-0.12, 3000))
    assert climb.from_m == pytest.approx(6000, abs=200)


def test_a_flat_course_has_no_climb():
    assert climbs((0.0, 10_000)) == ()
    assert climbs((0.005, 4000), (-0.005, 4000)) == ()


@settings(max_examples=40, deadline=None)
@given(gradients)
def test_climbs_lie_apart_in_order_and_rise(slopes: FloatArray):
    forecast = forecast_of(slopes)
    reached = 0.0
    for climb in forecast.climbs:
        assert reached <= climb.from_m < climb.to_m <= forecast.route.length_m
        assert climb.gradient > 0.02
        assert climb.gain_m >= 25
        assert 0 < climb.p10_s <= climb.p50_s <= climb.p90_s
        reached = climb.to_m
    assert sum(climb.p50_s for climb in forecast.climbs) <= round(forecast.asked.p50_s)
