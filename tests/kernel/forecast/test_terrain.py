from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import Mode
from kernel.forecast import Forecast, predict
from kernel.forecast.gait import transition_m_per_s
from kernel.tracks import RouteGeometry, route_from_arrays
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import flat_route, gradients, modes, profile_of, route_of, seeds

quick = settings(max_examples=60, deadline=None)


def forecast_of(route: RouteGeometry, mode: Mode = "trail_run") -> Forecast:
    return predict(route, mode=mode, profile=None)


def legs(*slope_and_metres: tuple[float, int]) -> FloatArray:
    return np.concatenate([np.full(metres // 10, slope) for slope, metres in slope_and_metres])


def test_a_climb_a_flat_and_a_descent_are_three_stretches():
    terrain = forecast_of(route_of(legs((0.10, 2000), (0.0, 1500), (-0.15, 1000)))).terrain
    assert [stretch.kind for stretch in terrain] == ["climb", "flat", "descent"]
    assert [stretch.to_m for stretch in terrain] == pytest.approx([2000, 3500, 4500], abs=150)
    assert [stretch.gradient for stretch in terrain] == pytest.approx([0.10, 0.0, -0.15], abs=0.015)


def test_a_climb_that_turns_steep_is_two_stretches():
    terrain = forecast_of(route_of(legs((0.06, 1500), (0.22, 1500)))).terrain
    assert [stretch.kind for stretch in terrain] == ["climb", "climb"]
    assert terrain[0].to_m == pytest.approx(1500, abs=150)


def test_a_dip_shorter_than_300_m_belongs_to_the_climb():
    terrain = forecast_of(route_of(legs((0.10, 1500), (-0.02, 150), (0.10, 1500)))).terrain
    assert [stretch.kind for stretch in terrain] == ["climb"]


def test_short_ups_and_downs_are_rolling():
    terrain = forecast_of(route_of(np.tile(legs((0.08, 150), (-0.08, 150)), 12))).terrain
    assert [stretch.kind for stretch in terrain] == ["rolling"]


@pytest.mark.parametrize("seed", range(8))
def test_noise_of_a_metre_in_the_heights_moves_no_boundary_by_more_than_two_segments(seed: int):
    slopes = legs((0.09, 1800), (0.0, 1200), (-0.09, 1800), (0.2, 900))
    metres = np.arange(len(slopes) + 1) * 10.0
    height = 700.0 + np.concatenate(([0.0], np.cumsum(10 * slopes)))
    noisy = height + np.random.default_rng(seed).normal(0, 1.0, len(height))
    clean, rough = (forecast_of(route_from_arrays(metres, each)).terrain for each in (height, noisy))
    assert [stretch.kind for stretch in rough] == [stretch.kind for stretch in clean]
    for a, b in zip(clean, rough, strict=True):
        assert a.to_m == pytest.approx(b.to_m, abs=200)


def test_a_route_with_more_points_has_the_same_terrain():
    slopes = legs((0.09, 1800), (0.0, 1200), (-0.09, 1800))
    coarse, fine = np.arange(0, 4801, 100.0), np.arange(0, 4801, 2.0)
    height = np.concatenate(([0.0], np.cumsum(10 * slopes)))
    cut = [
        [
            (s.kind, round(s.to_m, -2))
            for s in forecast_of(route_from_arrays(at, np.interp(at, np.arange(0, 4801, 10.0), height))).terrain
        ]
        for at in (coarse, fine)
    ]
    assert cut[0] == cut[1]


@quick
@given(modes, seeds, gradients)
def test_terrain_covers_the_route_in_stretches_of_300_m_and_adds_up(mode: Mode, seed: int, slopes: FloatArray):
    route = route_of(slopes)
    forecast = predict(route, mode=mode, profile=profile_of(mode, 12, seed))
    splits = forecast.terrain
    assert (splits[0].from_m, splits[-1].to_m) == (0.0, route.length_m)
    assert all(a.to_m == b.from_m for a, b in pairwise(splits))
    assert min(split.to_m - split.from_m for split in splits) >= 299.0
    assert sum(split.p50_s for split in splits) == round(forecast.asked.p50_s)
    assert all(split.p10_s <= split.p50_s <= split.p90_s for split in splits)
    assert sum(split.gain_m for split in splits) == pytest.approx(route.gain_m)
    assert sum(split.loss_m for split in splits) == pytest.approx(route.loss_m)


@given(st.integers(1, 60))
def test_even_the_shortest_route_has_one_stretch(steps: int):
    assert len(forecast_of(route_of(np.full(steps, 0.2))).terrain) == 1


def test_a_runner_walks_where_running_would_be_slower_than_the_transition():
    forecast = forecast_of(route_of(legs((0.0, 2000), (0.25, 2000))))
    assert [stretch.mode for stretch in forecast.terrain] == ["run", "walk"]
    assert forecast.walked.distance_m == pytest.approx(2000, abs=150)
    climbing_s = forecast.terrain[1].p50_s
    assert forecast.walked.time_s == pytest.approx(climbing_s, rel=0.1)


def test_who_is_fast_enough_runs_the_same_climb():
    route = route_of(legs((0.0, 2000), (0.12, 2000)))
    slow, fast = (predict(route, mode="trail_run", profile=None, flat_pace_s_per_km=pace) for pace in (420, 240))
    assert slow.walked.distance_m > 1500
    assert fast.walked.distance_m == 0


def test_hikers_walk_it_all():
    forecast = forecast_of(flat_route(5000), "hiking")
    assert (forecast.walked.distance_m, forecast.walked.time_s) == (5000, round(forecast.asked.p50_s))


def test_the_transition_agrees_with_what_was_measured():
    """Walking costs less at 0.35 m/s of ascent on 15.8 degrees, running on 9.4; on 30 degrees both do at 0.8 m/s."""
    degrees = np.radians([9.4, 15.8, 30.0])
    transition = transition_m_per_s(np.tan(degrees))
    horizontal = np.array([0.35, 0.35, 0.4]) / np.tan(degrees)
    assert transition[0] < horizontal[0]
    assert transition[1] > horizontal[1]
    assert transition[2] == pytest.approx(horizontal[2], abs=0.01)
    assert (np.diff(transition_m_per_s(np.linspace(-0.6, 0.6, 50))) <= 0).all()
