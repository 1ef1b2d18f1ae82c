"""What is reckoned by a shorter way is what the long way says."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import Mode
from kernel.fitted import PACE, STOPS
from kernel.forecast import times_of
from kernel.forecast.covariance import Outings, apart, covariance, on_lattice, within
from kernel.forecast.expectation import medians_s
from kernel.forecast.history import chosen, counted, outings_of_history, table_of
from kernel.forecast.regression import inverse_of
from kernel.forecast.versions import versions_of
from kernel.pace.population import KIND_OF_MODE
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import TODAY_DAY, gradients, history_of, modes, profile_of, route_of, seeds

some = settings(max_examples=30)


def outings_of(runs: int, walks: int, seed: int) -> Outings:
    return outings_of_history(table_of(history_of("trail_run", runs, seed) + history_of("hiking", walks, seed)))


@some
@given(st.integers(1, 70), st.integers(0, 20), seeds)
def test_the_inverse_of_covariances_is_their_inverse(runs: int, walks: int, seed: int):
    outings = outings_of(runs, walks, seed)
    noise = np.random.default_rng(seed).uniform(0.001, 0.02, runs + walks)
    for between in within(outings, PACE, STOPS):
        both = inverse_of(between, noise) @ (between + np.diag(noise))
        assert np.allclose(both, np.eye(runs + walks), rtol=0, atol=1e-9)


@some
@given(st.integers(1, 40), st.integers(0, 20), seeds)
def test_the_covariances_of_a_history_are_those_of_each_pair(runs: int, walks: int, seed: int):
    outings = outings_of(runs, walks, seed)
    for numbers, between in zip((PACE, STOPS), within(outings, PACE, STOPS), strict=True):
        assert np.allclose(between, covariance(apart(outings, outings), numbers), rtol=1e-12, atol=0)


@some
@given(st.integers(1, 20), st.integers(0, 10), seeds)
def test_ways_to_be_alike_that_count_for_nothing_change_nothing(runs: int, walks: int, seed: int):
    between = apart(outings := outings_of(runs, walks, seed), outings)
    hardly = replace(STOPS, lately=1e-12, turning=1e-12)
    assert np.allclose(covariance(between, STOPS), covariance(between, hardly), rtol=1e-12, atol=0)


@some
@given(modes, st.sampled_from([1, 3, 40]), seeds)
def test_a_lattice_has_the_covariances_of_all_its_places(mode: Mode, size: int, seed: int):
    profile, log_km, hilliness = profile_of(mode, size, seed), np.linspace(0, 5, 6), np.linspace(-0.1, 0.7, 4)
    usual, ones = profile.usual, np.ones(24)
    places = Outings(
        *(ones * usual.climb_cost, ones * usual.winding, np.repeat(log_km, 4), np.tile(hilliness, 6)),
        *(ones * usual.turn, usual.day, usual.kind),
    )
    told = on_lattice(usual, log_km, hilliness, profile.outings, PACE)
    assert np.allclose(told, covariance(apart(places, profile.outings), PACE), rtol=1e-12, atol=1e-15)


@some
@given(modes, st.sampled_from([1, 3, 40]), seeds, st.lists(gradients, min_size=1, max_size=4))
def test_courses_that_are_asked_at_once_have_the_medians_of_each_alone(
    mode: Mode, size: int, seed: int, slopes: list[FloatArray]
):
    profile, routes = profile_of(mode, size, seed), [route_of(each) for each in slopes]
    alone = [times_of(route, mode=mode, profile=profile).p50_s for route in routes]
    at_once = medians_s([versions_of(route, KIND_OF_MODE[mode]) for route in routes], profile)
    assert at_once == pytest.approx(alone, rel=1e-10)


@some
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=12), st.randoms(use_true_random=False), modes)
def test_activities_count_in_one_order_whatever_order_they_come_in(
    days: list[tuple[int, bool]], shuffle: Random, mode: Mode
):
    like, walk = history_of("trail_run", 1, 3)[0], history_of("hiking", 1, 3)[0]
    told = [msgspec.structs.replace(walk if hike else like, day=TODAY_DAY - day) for day, hike in days]
    told = [msgspec.structs.replace(each, log_km=each.log_km + i / 50) for i, each in enumerate(told)]
    usable = counted(told, TODAY_DAY)
    shuffled = shuffle.sample(told, len(told))
    assert counted(shuffled, TODAY_DAY) == usable == sorted(told, key=lambda each: (each.day, each.to_bytes()))
    kind = KIND_OF_MODE[mode]
    assert chosen(usable, kind) == (usable if any(each.kind == kind for each in usable) else [])
