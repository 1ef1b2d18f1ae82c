"""Published values of the formulas, computed from their definitions independently of this code."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from kernel.pace import formulas
from kernel.pace.formulas import (
    din33466_s,
    formulas_s,
    minetti_cost,
    minetti_factor,
    naismith_s,
    strava_gap_factor,
    swiss_s_per_km,
    tobler_speed_km_h,
)
from tests.kernel.forecast.synthetic import flat_route, route_of

SLOPES = np.array([-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3])


def test_minetti_cost_and_factor_at_the_check_slopes():
    costs = [2.4622, 1.8000, 2.1517, 3.6000, 5.9682, 9.0067, 12.5793]
    assert minetti_cost(SLOPES) == pytest.approx(costs, abs=5e-5)
    assert minetti_factor(SLOPES) == pytest.approx([0.7521, 0.5946, 0.6798, 1, 1.4610, 1.9893, 2.5557], abs=5e-5)


def test_the_minetti_factor_stays_within_half_and_four():
    far = minetti_factor(np.linspace(-1, 1, 201))
    assert (far.min(), far.max()) == (0.5, 4.0)


def test_tobler_speed_at_the_check_slopes():
    speeds = [2.5012, 3.5493, 5.0367, 5.0367, 3.5493, 2.5012, 1.7625]
    assert tobler_speed_km_h(SLOPES) == pytest.approx(speeds, abs=5e-5)


def test_strava_gap_is_linear_between_its_points_and_constant_beyond():
    gradients = np.array([-0.6, -0.30, -0.275, -0.10, -0.04, 0.0, 0.09, 0.20, 0.45, 0.6])
    assert strava_gap_factor(gradients) == pytest.approx([1.15, 1.15, 1.10, 0.88, 0.94, 1.0, 1.33, 2.15, 5.7, 5.7])


def test_naismith_is_five_km_an_hour_and_an_hour_per_600_m():
    assert naismith_s(np.array([10_000.0]), np.array([0.06])) == pytest.approx(2 * 3600 + 3600)


@pytest.mark.parametrize(("slope", "correction_s"), [(-0.05, 0), (-0.10, -600), (-0.30, 600)])
def test_langmuir_corrects_gentle_and_steep_descents(slope: float, correction_s: float):
    length_m = 300 / -slope
    assert naismith_s(np.array([length_m]), np.array([slope])) == pytest.approx(0.72 * length_m + correction_s)


@pytest.mark.parametrize(
    ("length_m", "gain_m", "loss_m", "hours"),
    [(8_000, 0, 0, 2.0), (8_000, 300, 0, 2.5), (8_000, 300, 500, 3.0), (4_000, 900, 500, 4.5)],
)
def test_din_33466_counts_the_shorter_of_two_times_half(length_m: float, gain_m: float, loss_m: float, hours: float):
    assert din33466_s(length_m, gain_m, loss_m) == pytest.approx(3600 * hours)


@given(st.lists(st.floats(-0.6, 0.6), min_size=1, max_size=40))
def test_the_polynomials_are_those_of_their_coefficients_to_the_last_bit(slopes: list[float]):
    gradient = np.array(slopes)
    tens_of_percent = 10.0 * np.clip(gradient, -0.4, 0.4)
    assert minetti_cost(gradient).tolist() == np.polyval(formulas._MINETTI, gradient).tolist()
    swiss = 60.0 * np.polyval(formulas._SWISS_MIN_PER_KM[::-1], tens_of_percent)
    assert swiss_s_per_km(gradient).tolist() == swiss.tolist()


def test_the_swiss_pace_at_the_check_slopes():
    minutes = [36.538, 27.521, 19.835, 14.209, 14.271, 19.999, 32.326, 48.794, 66.944]
    assert swiss_s_per_km(np.array([-0.4, *SLOPES, 0.4])) / 60 == pytest.approx(minutes, abs=5e-4)


def test_the_swiss_pace_beyond_forty_percent_is_that_of_forty_percent():
    assert list(swiss_s_per_km(np.array([-0.6, 0.6]))) == list(swiss_s_per_km(np.array([-0.4, 0.4])))


def test_on_the_flat_the_running_formulas_are_the_flat_pace():
    times = formulas_s(flat_route(10_000), 330)
    assert (times.strava_gap, times.minetti) == (3300, 3300)
    assert times.tobler == pytest.approx(10 / 5.0367 * 3600, rel=1e-4)


def test_uphill_every_formula_takes_longer():
    flat, up = (formulas_s(route, 330) for route in (flat_route(5000), route_of(np.full(500, 0.15))))
    assert all(getattr(up, name) > getattr(flat, name) for name in asdict(up))
