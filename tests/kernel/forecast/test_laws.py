from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import astuple, replace
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import CheckpointRequest, Effort, Mode
from kernel.forecast import Forecast, Place, fit_profile, forecast_to_wire, predict, times_of
from kernel.forecast.distribution import TimeDistribution
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import (
    TODAY_DAY,
    faster,
    flat_route,
    gradients,
    history_of,
    modes,
    profile_of,
    route_of,
    seeds,
    sizes,
)

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def quantiles(times: TimeDistribution) -> np.ndarray:
    return np.array(astuple(times)[:5])


def no_faster(a: TimeDistribution, b: TimeDistribution, allowance: float = 1e-9) -> bool:
    """Whether `a` is at least `b` at every quantile."""
    return bool((quantiles(a) >= quantiles(b) * (1 - allowance)).all())


@quick
@given(modes, sizes, seeds, gradients, st.one_of(st.none(), st.floats(120, 1800)))
def test_quantiles_are_ordered_finite_and_positive(
    mode: Mode, size: int, seed: int, slopes: FloatArray, flat_pace: float | None
):
    route = route_of(slopes)
    for profile in (None, profile_of(mode, size, seed)):
        answer = forecast_to_wire(predict(route, mode=mode, profile=profile, flat_pace_s_per_km=flat_pace), "id")
        assert 0 < answer.times_s.fast <= answer.times_s.moderate <= answer.times_s.easy
        assert answer.interval.p10_s <= answer.interval.p50_s <= answer.interval.p90_s
        assert math.isfinite(predict(route, mode=mode, profile=profile).formulas.strava_gap)


@quick
@given(modes, sizes, seeds, gradients)
def test_the_medians_of_the_splits_add_up_to_the_moderate_time(mode: Mode, size: int, seed: int, slopes: FloatArray):
    answer = forecast_to_wire(predict(route_of(slopes), mode=mode, profile=profile_of(mode, size, seed)), "id")
    assert sum(split.time_s.p50 for split in answer.splits) == answer.times_s.moderate == answer.interval.p50_s
    assert all(split.time_s.p10 <= split.time_s.p50 <= split.time_s.p90 for split in answer.splits)
    assert [split.from_m for split in answer.splits[1:]] == [split.to_m for split in answer.splits[:-1]]


@quick
@given(modes, sizes, seeds, gradients, st.floats(0.001, 0.3))
def test_a_history_faster_throughout_is_never_slower(
    mode: Mode, size: int, seed: int, slopes: FloatArray, log_share: float
):
    history, route = history_of(mode, size, seed), route_of(slopes)
    assume(all(f.usable for f in faster(history, log_share)))
    before, after = (
        times_of(route, mode=mode, profile=fit_profile(past, mode, today_day=TODAY_DAY))
        for past in (history, faster(history, log_share))
    )
    assert no_faster(before, after)


@quick
@given(modes, sizes, seeds, gradients, gradients)
def test_a_longer_route_is_never_faster(mode: Mode, size: int, seed: int, slopes: FloatArray, more: FloatArray):
    for profile in (None, profile_of(mode, size, seed)):
        shorter, longer = (
            times_of(route_of(s), mode=mode, profile=profile) for s in (slopes, np.concatenate((slopes, more)))
        )
        assert no_faster(longer, shorter, allowance=2e-3)


@quick
@given(modes, sizes, seeds, gradients)
def test_hills_are_never_faster_than_the_flat(mode: Mode, size: int, seed: int, slopes: FloatArray):
    loop = np.concatenate((slopes, -slopes[::-1]))
    for profile in (None, profile_of(mode, size, seed)):
        hills, flat = (times_of(route_of(s), mode=mode, profile=profile) for s in (loop, np.zeros_like(loop)))
        assert no_faster(hills, flat)


def steepened(route: RouteGeometry, factor: float) -> RouteGeometry:
    """The same route with its climbs steeper and its descents untouched."""
    climbs = np.maximum(route.gradient, 0.0)
    steeper = np.minimum(factor * climbs, 0.6)
    more = float(steeper @ route.segment_length_m) / max(float(climbs @ route.segment_length_m), 1e-9)
    gradient = np.where(route.gradient > 0, steeper, route.gradient)
    return replace(route, gradient=gradient, gain_m=more * route.gain_m)


@quick
@given(modes, gradients, st.floats(1.0, 2.0))
def test_steeper_climbs_are_never_faster_for_a_stranger(mode: Mode, slopes: FloatArray, factor: float):
    route = route_of(slopes)
    before, after = (times_of(r, mode=mode, profile=None) for r in (route, steepened(route, factor)))
    assert no_faster(after, before)


WILD = 0.02
"""Made-up athletes whose hills are faster than their flats by a third gain up to 1.5 % of the time on steeper climbs
(in 6,000 trials); with profiles of eight real people none gained anything in 600. It is the median that the law is
about: on harder ground doubt grows both ways."""


@quick
@given(modes, sizes, seeds, gradients, st.floats(1.0, 2.0))
def test_steeper_climbs_are_never_faster(mode: Mode, size: int, seed: int, slopes: FloatArray, factor: float):
    route, profile = route_of(slopes), profile_of(mode, size, seed)
    before, after = (times_of(r, mode=mode, profile=profile) for r in (route, steepened(route, factor)))
    assert after.p50_s >= before.p50_s * (1 - WILD)


@quick
@given(modes, sizes, seeds, gradients, st.integers(5, 40), st.floats(0.02, 0.3))
def test_a_hill_is_never_faster_than_the_flat_in_its_place(
    mode: Mode, size: int, seed: int, slopes: FloatArray, steps: int, slope: float
):
    profile = profile_of(mode, size, seed)
    up_and_down = np.concatenate((np.full(steps, slope), np.full(steps, -slope)))
    hill, flat = (
        times_of(route_of(np.concatenate((slopes, end))), mode=mode, profile=profile)
        for end in (up_and_down, np.zeros(2 * steps))
    )
    assert hill.p50_s >= flat.p50_s * (1 - WILD)


@pytest.mark.parametrize(
    ("mode", "seed"), [("trail_run", 13), ("trail_run", 8), ("hiking", 5), ("hiking", 13), ("hiking", 26)]
)
def test_steeper_climbs_are_not_faster_for_those_whose_hills_were_fast(mode: Mode, seed: int):
    route = route_of(np.concatenate((np.zeros(100), np.tile([0.12] * 40 + [-0.12] * 40, 5))))
    profile = profile_of(mode, 12, seed)
    before, after = (times_of(r, mode=mode, profile=profile) for r in (route, steepened(route, 1.5)))
    assert after.p50_s >= before.p50_s * (1 - WILD)


@quick
@given(modes, gradients, st.floats(120, 1700))
def test_a_slower_stated_pace_is_never_faster_for_a_stranger(mode: Mode, slopes: FloatArray, flat_pace: float):
    route = route_of(slopes)
    quick_one, slow_one = (
        times_of(route, mode=mode, profile=None, flat_pace_s_per_km=pace) for pace in (flat_pace, flat_pace + 50)
    )
    assert no_faster(slow_one, quick_one)


@quick
@given(modes, seeds, gradients)
def test_the_same_question_has_the_same_answer_whatever_the_order_of_the_history(
    mode: Mode, seed: int, slopes: FloatArray
):
    history, route = history_of(mode, 12, seed), route_of(slopes)
    first, second = (
        predict(route, mode=mode, profile=fit_profile(past, mode, today_day=TODAY_DAY))
        for past in (history, history[::-1])
    )
    assert forecast_to_wire(first, "id") == forecast_to_wire(second, "id")


@quick
@given(modes, seeds, gradients, st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(1, 90_000))
def test_arrivals_follow_the_route_and_chances_are_chances(
    mode: Mode, seed: int, slopes: FloatArray, shares: list[float], cutoff_s: float
):
    route = route_of(slopes)
    places = [CheckpointRequest(f"CP{i}", share * route.length_m, 60.0, cutoff_s) for i, share in enumerate(shares)]
    arrivals = predict(route, mode=mode, profile=profile_of(mode, 12, seed), checkpoints=places).checkpoints
    assert all(a.eta_s.p10 <= a.eta_s.p50 <= a.eta_s.p90 and 0 <= a.p_in_time <= 1 for a in arrivals)
    for earlier, later in pairwise(arrivals):
        assert later.eta_s.p50 >= earlier.eta_s.p50 + 60
        assert later.p_in_time <= earlier.p_in_time + 1e-12


def numbers_in(value: object) -> Iterator[float]:
    """Every number anywhere in an answer."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from numbers_in(each)
    elif isinstance(value, int | float):
        yield value


@quick
@given(
    modes,
    st.one_of(st.none(), st.tuples(sizes, seeds)),
    st.one_of(gradients, st.integers(1, 30).map(lambda steps: np.full(steps, 0.59))),
    st.one_of(st.none(), st.floats(120, 1800)),
    st.sampled_from(["fast", "moderate", "easy"]),
    st.lists(st.tuples(st.floats(0, 1.04), st.floats(0, 86_400), st.floats(1e-3, 1e6)), max_size=4),
)
def test_every_number_of_every_answer_is_finite_and_comes_again(
    mode: Mode,
    known: tuple[int, int] | None,
    slopes: FloatArray,
    flat_pace: float | None,
    effort: Effort,
    stops: list[tuple[float, float, float]],
):
    route = route_of(slopes)
    profile = None if known is None else profile_of(mode, *known)
    places = [CheckpointRequest(f"CP{i}", s * route.length_m, stop, cut) for i, (s, stop, cut) in enumerate(stops)]

    def ask(goal_s: float | None) -> Forecast:
        return predict(
            route,
            mode=mode,
            profile=profile,
            flat_pace_s_per_km=flat_pace,
            checkpoints=places,
            effort=effort,
            goal_s=goal_s,
            start_at=datetime(2026, 6, 13, 18, tzinfo=UTC),
            place=Place(60.0, 10.0),
        )

    goal_s = ask(None).clock.total_at(0.5)
    answer, again = (forecast_to_wire(ask(goal_s), "id") for _ in range(2))
    assert answer == again
    assert all(math.isfinite(number) for number in numbers_in(msgspec.to_builtins(answer)))


@quick
@given(gradients)
def test_a_route_run_back_is_as_long_and_swaps_climb_and_descent(slopes: FloatArray):
    there, back = route_of(slopes), route_of(-slopes[::-1])
    assert back.length_m == there.length_m
    assert (back.gain_m, back.loss_m) == pytest.approx((there.loss_m, there.gain_m), abs=4.1)
    answers = [forecast_to_wire(predict(r, mode="hiking", profile=None), "id") for r in (there, back)]
    assert answers[0].route.distance_m == answers[1].route.distance_m


def test_two_courses_of_the_same_shape_take_longer_in_proportion_for_a_stranger():
    short, double = (
        times_of(flat_route(km * 1000), mode="trail_run", profile=None, flat_pace_s_per_km=300) for km in (5, 10)
    )
    assert math.isclose(double.p50_s / short.p50_s, 2.0, rel_tol=1e-9)
