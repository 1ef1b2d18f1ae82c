"""On the day: what a passing time says of the places ahead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import CheckpointRequest, Mode, Prediction
from kernel.contracts.reforecast import Expected, ExpectedPlace, Passing, Reforecast, ReforecastRequest, ToldS
from kernel.contracts.times import QuantilesS
from kernel.forecast import forecast_to_wire, predict
from kernel.forecast.onward import ExpectationImplausible, PassingsDisagree, onward
from kernel.forecast.tendency import Tendency, tendency_of
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import flat_route, gradients, modes, profile_of, route_of, seeds

quick = settings(max_examples=50, deadline=None)
shares = st.floats(0.02, 0.95)
paces = st.floats(0.3, 6.0)
stops = st.sampled_from([0.0, 300.0, 1800.0])
PLACES = 9


def told(q: QuantilesS) -> ToldS:
    return ToldS(q.p10, q.p50, q.p90)


def expected_of(answer: Prediction) -> Expected:
    interval = answer.interval
    return Expected(
        distance_m=answer.route.distance_m,
        gain_m=answer.route.gain_m,
        moving_s=ToldS(interval.p10_s, interval.p50_s, interval.p90_s),
        finish_s=told(answer.elapsed_s),
        places=[
            ExpectedPlace(at_m=c.at_m, eta_s=told(c.eta_s), stop_s=c.stop_s, cutoff_s=c.cutoff_s)
            for c in answer.checkpoints
        ],
    )


def forecast(mode: Mode, seed: int, slopes: FloatArray, stop_s: float = 0.0) -> Expected:
    route = route_of(slopes)
    marks = [CheckpointRequest(f"{i}", route.length_m * i / (PLACES + 1), stop_s) for i in range(1, PLACES + 1)]
    answer = predict(route, mode=mode, profile=profile_of(mode, 12, seed), checkpoints=marks)
    return expected_of(forecast_to_wire(answer, "id"))


def all_times(answer: Reforecast) -> list[QuantilesS]:
    return [*(place.eta_s for place in answer.ahead), answer.finish_s]


def no_earlier(later: Sequence[QuantilesS], earlier: Sequence[QuantilesS]) -> bool:
    return all(
        getattr(a, q) >= getattr(b, q) for a, b in zip(later, earlier, strict=True) for q in ("p10", "p50", "p90")
    )


@quick
@given(modes, seeds, gradients, stops, st.integers(0, PLACES - 1))
def test_a_passing_on_time_changes_no_median_and_narrows_every_margin(
    mode: Mode, seed: int, slopes: FloatArray, stop_s: float, i: int
):
    expected = forecast(mode, seed, slopes, stop_s)
    here, ahead = expected.places[i], expected.places[i + 1 :]
    rounding_s = 2 + (PLACES + 1) / (i + 1)  # answers tell whole seconds
    answer = onward(expected, [Passing(here.at_m, here.eta_s.p50)])
    assert abs(answer.behind_s) <= 1
    for now, before in zip(all_times(answer), [*(p.eta_s for p in ahead), expected.finish_s], strict=True):
        assert now.p50 == pytest.approx(before.p50, abs=rounding_s)
        assert now.p90 - now.p10 <= before.p90 - before.p10 + rounding_s


@quick
@given(modes, seeds, gradients, stops, shares, paces, paces)
def test_later_is_never_earlier(
    mode: Mode, seed: int, slopes: FloatArray, stop_s: float, share: float, one: float, other: float
):
    expected = forecast(mode, seed, slopes, stop_s)
    at_m, usual_s = share * expected.distance_m, share * expected.finish_s.p50
    early, late = sorted((one, other))
    earlier = onward(expected, [Passing(at_m, early * usual_s)])
    later = onward(expected, [Passing(at_m, late * usual_s)])
    assert no_earlier(all_times(later), all_times(earlier))
    assert later.behind_s >= earlier.behind_s


@quick
@given(modes, seeds, gradients, stops, shares, st.floats(0.01, 50.0))
def test_what_is_ahead_comes_in_order_after_the_passing_and_is_finite(
    mode: Mode, seed: int, slopes: FloatArray, stop_s: float, share: float, pace: float
):
    expected = forecast(mode, seed, slopes, stop_s)
    passing = Passing(share * expected.distance_m, pace * share * expected.finish_s.p50)
    times = all_times(onward(expected, [passing]))
    for now in times:
        assert round(passing.elapsed_s) <= now.p10 <= now.p50 <= now.p90
        assert math.isfinite(now.p90)
    for a, b in pairwise(times):
        assert a.p50 <= b.p50
    assert len(times) == sum(place.at_m > passing.at_m for place in expected.places) + 1


@quick
@given(modes, seeds, gradients, st.integers(1, PLACES - 1), paces)
def test_the_farther_one_is_the_surer_is_the_finish(mode: Mode, seed: int, slopes: FloatArray, i: int, pace: float):
    expected = forecast(mode, seed, slopes)
    margins = []
    for place in expected.places[i - 1 : i + 1]:
        finish_s = onward(expected, [Passing(place.at_m, place.eta_s.p50)]).finish_s
        margins.append(finish_s.p90 - finish_s.p10)
    assert margins[1] <= margins[0] + 2


@quick
@given(modes, seeds, gradients, st.floats(1.0, 3.0), st.floats(0.5, 2.0))
def test_a_cutoff_ahead_is_the_less_likely_made_the_later_one_is(
    mode: Mode, seed: int, slopes: FloatArray, late: float, tight: float
):
    expected = forecast(mode, seed, slopes)
    last = expected.places[-1]
    closing = msgspec.structs.replace(last, cutoff_s=tight * last.eta_s.p50)
    expected = msgspec.structs.replace(expected, places=[*expected.places[:-1], closing])
    here = expected.places[3]
    on_time = onward(expected, [Passing(here.at_m, here.eta_s.p50)]).ahead[-1].p_in_time
    behind = onward(expected, [Passing(here.at_m, late * here.eta_s.p50)]).ahead[-1].p_in_time
    assert on_time is not None
    assert behind is not None
    assert 0.0 <= behind <= on_time <= 1.0


def flat() -> Expected:
    places = [CheckpointRequest(f"{km}", 1000.0 * km) for km in (5, 10, 15)]
    route = flat_route(20_000)
    answer = predict(route, mode="trail_run", profile=None, flat_pace_s_per_km=330, checkpoints=places)
    return expected_of(forecast_to_wire(answer, "id"))


def test_only_the_last_passing_counts():
    expected = flat()
    last = Passing(10_000, 3500)
    alone = onward(expected, [last])
    assert onward(expected, [last, Passing(5_000, 1200)]) == alone
    assert onward(expected, [Passing(5_000, 2400), last]) == alone


def test_most_of_a_delay_stays_and_some_of_it_grows():
    expected = flat()
    here = expected.places[1]
    late = onward(expected, [Passing(here.at_m, 1.1 * here.eta_s.p50)])
    behind_at_the_end_s = late.finish_s.p50 - expected.finish_s.p50
    assert late.behind_s < behind_at_the_end_s < 2.2 * late.behind_s


def test_who_skips_a_planned_stop_is_early_and_who_passes_the_end_is_there():
    expected = flat()
    halt = msgspec.structs.replace(expected.places[0], stop_s=3000.0)
    later = [msgspec.structs.replace(p, eta_s=ToldS(*(s + 3000.0 for s in (p.eta_s.p10, p.eta_s.p50, p.eta_s.p90))))
             for p in expected.places[1:]]  # fmt: skip
    finish = ToldS(*(s + 3000.0 for s in (expected.finish_s.p10, expected.finish_s.p50, expected.finish_s.p90)))
    stopping = msgspec.structs.replace(expected, places=[halt, *later], finish_s=finish)
    skipped = onward(stopping, [Passing(10_000, 3400)])
    assert skipped.behind_s < -2900
    assert skipped.finish_s.p50 < expected.finish_s.p50
    assert onward(stopping, [Passing(10_000, 3400), Passing(20_000, 7000)]) == Reforecast(
        expected.distance_m, round(7000 - finish.p50), QuantilesS(7000, 7000, 7000), []
    )


def margin(answer: Reforecast) -> int:
    return answer.finish_s.p90 - answer.finish_s.p10


def test_who_is_expected_to_stand_still_leaves_more_open_after_a_passing():
    expected = flat()
    here = expected.places[1]
    standing = msgspec.structs.replace(
        expected, moving_s=ToldS(*(0.8 * s for s in msgspec.structs.astuple(expected.moving_s)))
    )
    moving, stopping = (onward(each, [Passing(here.at_m, here.eta_s.p50)]) for each in (expected, standing))
    assert margin(stopping) > 1.1 * margin(moving)


def left_open(tendency: Tendency, share: float) -> float:
    """Of the finish (log), by a passing at this share."""
    _, sd = tendency.beyond(share, 0.0, np.array([1.0]))
    return float(sd[0])


@quick
@given(st.floats(0, 80), st.floats(0, 1), st.floats(0.01, 0.5), st.floats(0.05, 0.9))
def test_each_step_on_the_way_leaves_less_open_and_the_last_nothing(
    gain_m_per_km: float, log_stops: float, finish_sd: float, share: float
):
    tendency = tendency_of(gain_m_per_km, log_stops, finish_sd)
    assert left_open(tendency, share + 0.05) <= left_open(tendency, share)
    assert left_open(tendency, 1.0) == pytest.approx(0.0, abs=1e-4)


@quick
@given(st.floats(0.5, 0.9))
def test_late_on_the_way_what_was_spent_early_is_nearly_over_and_chance_is_not(share: float):
    spent, chance = Tendency(finish=1.0, early=0.2, walk=0.0), Tendency(finish=1.0, early=0.0, walk=0.2)
    later = (1 + share) / 2
    assert left_open(spent, later) / left_open(spent, share) < left_open(chance, later) / left_open(chance, share)


def test_times_that_go_backwards_are_refused():
    with pytest.raises(PassingsDisagree):
        onward(flat(), [Passing(5_000, 2000), Passing(10_000, 1900)])


@pytest.mark.parametrize(
    "change",
    [
        {"finish_s": ToldS(9000, 7000, 8000)},
        {"finish_s": ToldS(1, 7000, 8000)},
        {"moving_s": ToldS(9000, 7000, 8000)},
        {"places": [ExpectedPlace(at_m=5_000, eta_s=ToldS(1, 2, 3), stop_s=80_000)]},
    ],
)
def test_what_no_answer_tells_is_refused(change: dict[str, object]):
    with pytest.raises(ExpectationImplausible):
        onward(msgspec.structs.replace(flat(), **change), [Passing(5_000, 2000)])


times = st.floats(1e-3, 1e7)
tolds = st.builds(lambda a, b, c: ToldS(*sorted((a, b, c))), times, times, times)
wild_places = st.builds(
    lambda at, eta, stop, cut: ExpectedPlace(at_m=at, eta_s=eta, stop_s=stop, cutoff_s=cut),
    st.floats(1e-3, 1e6), tolds, st.floats(0, 86_400), st.one_of(st.none(), times),
)  # fmt: skip
wild = st.builds(
    lambda distance, gain, moving, finish, places: Expected(
        distance_m=distance, gain_m=gain, moving_s=moving, finish_s=finish, places=places
    ),
    st.floats(1, 1e6), st.floats(0, 1e5), tolds, tolds, st.lists(wild_places, max_size=5),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(wild, st.lists(st.tuples(st.floats(1e-3, 1e6), times), min_size=1, max_size=4))
def test_whatever_is_sent_the_answer_is_finite_or_a_refusal(expected: Expected, passed: list[tuple[float, float]]):
    try:
        answer = onward(expected, [Passing(*each) for each in passed])
    except (ExpectationImplausible, PassingsDisagree):
        return
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Reforecast) == answer
    for now in all_times(answer):
        assert 0 <= now.p10 <= now.p50 <= now.p90 < 2**63
    assert all(p.p_in_time is None or 0 <= p.p_in_time <= 1 for p in answer.ahead)


def test_a_question_is_bounded():
    question = ReforecastRequest(flat(), [Passing(5_000, 2000)])
    sent = msgspec.json.encode(question)
    assert msgspec.json.decode(sent, type=ReforecastRequest) == question
    assert len(sent) < 1_000
    for wrong in (
        b'"passed":[]',
        b'"passed":[{"at_m":-1,"elapsed_s":5}]',
        b'"passed":[{"at_m":1,"elapsed_s":5,"x":1}]',
    ):
        body = sent[: sent.index(b'"passed"')] + wrong + b"}"
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(body, type=ReforecastRequest)
