from __future__ import annotations

import numpy as np
import pytest

from kernel.tracks.climb import climb_of, height_noise_m
from kernel.tracks.track import FloatArray

AT_M = np.arange(0.0, 20_000.0, 10.0)
ROLLING_M = 300.0 + 12.0 * np.sin(AT_M / 90.0) + 40.0 * np.sin(AT_M / 900.0)
FLAT_M = 40.0 + 0.6 * np.sin(AT_M / 300.0)


def noise(sd_m: float, count: int = len(AT_M), seed: int = 5) -> FloatArray:
    return np.random.default_rng(seed).normal(0.0, sd_m, count)


def test_hills_count_from_their_lowest_point_to_their_highest():
    twenty = 300.0 + 6.125 * (1 - np.cos(2 * np.pi * np.arange(0.0, 10_001.0, 10.0) / 500.0))
    climb = climb_of(np.arange(0.0, 10_001.0, 10.0), twenty)
    assert climb.gain_m == pytest.approx(245.0, rel=0.03)
    assert climb.loss_m == pytest.approx(climb.gain_m, rel=1e-6)


def test_ripples_below_the_least_rise_are_none():
    assert climb_of(AT_M, FLAT_M).gain_m == 0.0


@pytest.mark.parametrize("sd_m", [1.0, 3.0, 5.0])
def test_noise_of_the_heights_makes_no_climb_on_rolling_ground(sd_m: float):
    true = climb_of(AT_M, ROLLING_M)
    noisy = climb_of(AT_M, ROLLING_M + noise(sd_m))
    assert noisy.gain_m == pytest.approx(true.gain_m, rel=0.08)
    assert noisy.band_m[0] <= true.gain_m <= noisy.band_m[1]


@pytest.mark.parametrize("sd_m", [1.0, 3.0, 5.0])
def test_noise_of_the_heights_makes_next_to_no_climb_on_the_flat(sd_m: float):
    assert climb_of(AT_M, FLAT_M + noise(sd_m)).gain_m < 4.0 * AT_M[-1] / 1000.0


@pytest.mark.parametrize("sd_m", [1.0, 3.0])
def test_the_noise_of_heights_is_measured_on_the_profile_itself(sd_m: float):
    assert height_noise_m(AT_M, ROLLING_M + noise(sd_m)) == pytest.approx(sd_m, rel=0.1)
    assert height_noise_m(AT_M, ROLLING_M) == 0.0


def test_points_far_apart_tell_no_noise():
    apart = AT_M[::10]
    assert height_noise_m(apart, ROLLING_M[::10] + noise(3.0, len(apart))) == 0.0


def test_the_band_holds_the_climb():
    climb = climb_of(AT_M, ROLLING_M + noise(2.0))
    assert climb.band_m[0] <= climb.gain_m <= climb.band_m[1]


def test_the_reversed_profile_swaps_climb_and_descent():
    there, back = climb_of(AT_M, ROLLING_M), climb_of(AT_M, ROLLING_M[::-1])
    assert back.gain_m == pytest.approx(there.loss_m, rel=1e-6)
    assert back.loss_m == pytest.approx(there.gain_m, rel=1e-6)
