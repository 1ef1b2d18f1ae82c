"""What a course has between its points takes time, wherever its places are told to lie."""

from __future__ import annotations

import numpy as np
import pytest

from kernel.contracts.prediction import Prediction
from kernel.forecast import course_of, forecast_to_wire, predict
from kernel.forecast.drawn import drawn_as
from kernel.tracks import RouteGeometry, Track
from tests.kernel.tracks.made_courses import laid_out, moved, rough_way, simplified
from tests.kernel.tracks.made_tracks import track_of

SEEDS = range(4)


def route_of(track: Track) -> RouteGeometry:
    return course_of(track)[0].route


def told(route: RouteGeometry) -> Prediction:
    return forecast_to_wire(predict(route, mode="trail_run", profile=None, flat_pace_s_per_km=330.0), "id")


def time_s(route: RouteGeometry) -> float:
    return predict(route, mode="trail_run", profile=None, flat_pace_s_per_km=330.0).times.p50_s


@pytest.mark.parametrize("tolerance_m", [8.0, 12.0, 20.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_line_of_corners_takes_the_time_of_the_way_it_was_made_of(seed: int, tolerance_m: float):
    way = rough_way(seed, hills_m=0.6)
    line = route_of(simplified(way, tolerance_m))
    assert line.way > 1.0
    assert time_s(line) == pytest.approx(time_s(route_of(way)), rel=0.02)


@pytest.mark.parametrize("step_m", [50.0, 100.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_coarse_course_takes_about_the_time_of_the_way_it_was_made_of(seed: int, step_m: float):
    way = rough_way(seed, hills_m=0.6)
    assert time_s(route_of(laid_out(way, step_m))) == pytest.approx(time_s(route_of(way)), rel=0.035)


def test_what_a_line_does_not_show_moves_no_place():
    line = simplified(rough_way(hills_m=2.0), 12.0)
    shown, route = told(route_of(line).with_way(1.0)), told(route_of(line))
    assert route.route == shown.route
    assert [split.to_m for split in route.splits] == [split.to_m for split in shown.splits]
    assert sum(split.gain_m for split in route.splits) == pytest.approx(route.route.gain_m, rel=0.01)
    assert route.flat_run_s == shown.flat_run_s
    assert route.times_s.moderate > shown.times_s.moderate


@pytest.mark.parametrize("way", [0.9, 1.0, 1.07])
def test_a_stored_route_remembers_what_its_line_does_not_show(way: float):
    route = route_of(rough_way()).with_way(way)
    stored = RouteGeometry.from_bytes(route.to_bytes())
    assert stored.way == way
    np.testing.assert_array_equal(stored.segment_length_m, route.segment_length_m)
    np.testing.assert_array_equal(stored.gradient, route.gradient)
    assert time_s(stored) == time_s(route)


def test_a_stated_length_counts_the_bends_that_a_line_does_not_show():
    line = route_of(simplified(rough_way(hills_m=2.0), 12.0))
    same, _ = drawn_as(line, (), line.length_m)
    assert time_s(same) == pytest.approx(time_s(line), rel=1e-9)
    longer, _ = drawn_as(line, (), 1.1 * line.length_m)
    assert longer.way == 1.0
    assert float(longer.segment_length_m.sum()) == pytest.approx(longer.length_m)


def test_a_leap_that_nobody_went_hides_nothing():
    way = laid_out(rough_way(hills_m=0.6), 100.0)
    apart = moved(way, slice(100, None), 400_000.0)
    assert route_of(apart).way == pytest.approx(route_of(way).way, rel=2e-3)


def test_an_even_straight_road_hides_nothing_however_coarse():
    north = np.arange(0.0, 20_000.0, 100.0)
    assert route_of(track_of(north, 0.0 * north, 0.05 * north)).way == pytest.approx(1.0, abs=1e-3)
