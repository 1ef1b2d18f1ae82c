"""Chances to make cutoffs, alone and together."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import CheckpointRequest, Mode
from kernel.forecast import Forecast, forecast_to_wire, predict
from kernel.forecast.along import Drift, drift_of
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import flat_route, gradients, modes, profile_of, route_of, seeds

quick = settings(max_examples=60, deadline=None)
cutoffs = st.lists(st.tuples(st.floats(0, 1), st.floats(1, 30_000), st.floats(0, 600)), min_size=1, max_size=8)


def forecast_of(slopes: FloatArray, mode: Mode, seed: int, wanted: list[tuple[float, float, float]]) -> Forecast:
    route = route_of(slopes)
    places = [CheckpointRequest(f"CP{i}", s * route.length_m, stop, cut) for i, (s, cut, stop) in enumerate(wanted)]
    return predict(route, mode=mode, profile=profile_of(mode, 12, seed), checkpoints=places)


@quick
@given(modes, seeds, gradients, cutoffs)
def test_making_all_so_far_is_never_likelier_than_one_and_never_grows(
    mode: Mode, seed: int, slopes: FloatArray, wanted: list[tuple[float, float, float]]
):
    answer = forecast_to_wire(forecast_of(slopes, mode, seed, wanted), "id")
    for place in answer.checkpoints:
        assert 0.0 <= place.p_all_in_time <= place.p_in_time <= 1.0
        assert place.eta_s.p10 <= place.eta_s.p50 <= place.eta_s.p90
    for earlier, later in pairwise(answer.checkpoints):
        assert later.p_all_in_time <= earlier.p_all_in_time
        assert all(getattr(later.eta_s, q) >= getattr(earlier.eta_s, q) for q in ("p10", "p50", "p90"))
    assert answer.p_finish_in_all_cutoffs == answer.checkpoints[-1].p_all_in_time


@quick
@given(modes, seeds, gradients, cutoffs, st.integers(0, 7), st.floats(1, 5000))
def test_a_later_cutoff_never_lowers_a_chance(
    mode: Mode, seed: int, slopes: FloatArray, wanted: list[tuple[float, float, float]], which: int, more_s: float
):
    which %= len(wanted)
    share, cutoff_s, stop_s = wanted[which]
    relaxed = [*wanted[:which], (share, cutoff_s + more_s, stop_s), *wanted[which + 1 :]]
    before, after = (forecast_of(slopes, mode, seed, each) for each in (wanted, relaxed))
    for a, b in zip(before.checkpoints, after.checkpoints, strict=True):
        assert b.p_in_time >= a.p_in_time
        assert b.p_all_in_time >= a.p_all_in_time


def test_one_cutoff_alone_has_one_chance():
    (place,) = forecast_of(np.zeros(2000), "trail_run", 1, [(0.6, 5400, 0)]).checkpoints
    assert place.p_all_in_time == place.p_in_time


def test_without_a_cutoff_there_is_no_chance_to_name():
    route = flat_route(9000)
    forecast = predict(route, mode="trail_run", profile=None, checkpoints=[CheckpointRequest("spring", 3000)])
    assert (forecast.checkpoints[0].p_in_time, forecast.checkpoints[0].p_all_in_time) == (None, None)
    assert forecast.p_finish_in_all_cutoffs is None


def test_a_place_without_a_cutoff_between_two_with_one_changes_nothing():
    route = flat_route(20_000)
    first, last = CheckpointRequest("A", 8000, cutoff_s=3100), CheckpointRequest("C", 16_000, cutoff_s=6100)
    two, three = (
        predict(route, mode="trail_run", profile=None, checkpoints=places).p_finish_in_all_cutoffs
        for places in ([first, last], [first, CheckpointRequest("B", 12_000), last])
    )
    assert two == three


def test_cutoffs_hang_together_but_not_entirely():
    """Even chances at six places: far better than six coins, worse than one."""
    share, even = np.linspace(0.2, 1.0, 6), np.full(6, 0.5)
    joint = Drift(on_the_way=0.4).chances_of_all(share, even)[-1]
    assert 0.5**6 < 0.2 < joint < 0.45
    assert Drift(on_the_way=0.0).chances_of_all(share, even)[-1] == pytest.approx(0.5)


def test_two_places_follow_the_bivariate_normal():
    """Two even chances at correlation r: both happen with probability 1/4 + arcsin(r) / 2 pi (Sheppard 1899)."""
    drift, share = Drift(on_the_way=0.5), np.array([0.25, 1.0])
    correlation = (0.5 + 0.5) / drift.spread_at(share).prod()
    expected = 0.25 + np.arcsin(correlation) / (2 * np.pi)
    assert drift.chances_of_all(share, np.array([0.5, 0.5]))[1] == pytest.approx(expected, abs=0.02)


def test_the_finish_is_as_uncertain_as_forecast_and_places_before_it_more():
    spread = Drift(on_the_way=0.4).spread_at(np.array([0.0, 0.1, 0.5, 1.0]))
    assert spread[-1] == pytest.approx(1.0)
    assert (np.diff(spread) <= 0).all()


def test_hills_leave_more_to_the_way_and_a_wide_band_more_to_the_day():
    hills, flat = route_of(np.tile([0.1] * 50 + [-0.1] * 50, 10)), flat_route(10_000)
    known = predict(hills, mode="trail_run", profile=profile_of("trail_run", 40, 1)).asked
    stranger = predict(hills, mode="trail_run", profile=None).asked
    assert drift_of(hills, known).on_the_way > drift_of(flat, known).on_the_way
    assert drift_of(hills, known).on_the_way > drift_of(hills, stranger).on_the_way


def test_two_hundred_checkpoints_are_answered():
    route = flat_route(100_000)
    places = [CheckpointRequest(f"CP{i}", 500.0 * i, 10.0, 3600.0 + 250 * i) for i in range(200)]
    answer = forecast_to_wire(predict(route, mode="trail_run", profile=None, checkpoints=places), "id")
    assert len(answer.checkpoints) == 200
