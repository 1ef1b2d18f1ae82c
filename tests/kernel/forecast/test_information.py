from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.fitted import PACE
from kernel.forecast.information import Sketch, most_telling

TODAY = 20_000.0
HILLY = Sketch("trail_run", TODAY, 20_000.0, 1_200.0)
FLAT = Sketch("run", TODAY, 10_000.0, 30.0)

outings = st.builds(
    Sketch,
    st.sampled_from(["run", "trail_run", "hike", "walk"]),
    st.floats(TODAY - 3000, TODAY).map(round).map(float),
    st.floats(0, 150_000),
    st.floats(-10, 9_000),
)


def ago(days: float, like: Sketch) -> Sketch:
    return Sketch(like.sport, TODAY - days, like.distance_m, like.gain_m)


@settings(max_examples=60)
@given(st.lists(outings, max_size=12), st.lists(outings, max_size=12), st.lists(outings, min_size=1, max_size=5))
def test_each_read_is_worth_something_and_each_later_one_no_more(
    waiting: list[Sketch], known: list[Sketch], asked: list[Sketch]
):
    choices = most_telling(waiting, known=known, asked=asked, most=100)
    assert sorted(choice.index for choice in choices) == list(range(len(waiting)))
    worths = [choice.worth for choice in choices]
    assert all(np.isfinite(worths))
    assert min(worths, default=0.0) >= 0.0
    total = PACE.shared**2 + PACE.drift**2 + PACE.lately**2 + PACE.alike**2 + PACE.route**2
    bound = total + (PACE.climb_cost * 5.0) ** 2
    noise = max(PACE.noise_run, PACE.noise_walk) ** 2
    assert sum(worths) <= np.sqrt(bound + noise), "no more can be taken away than there is"


@settings(max_examples=40)
@given(st.lists(outings, min_size=1, max_size=10), st.integers(0, 10), st.floats(0, 0.02))
def test_fewer_are_the_first_of_more_and_none_is_worth_less_than_asked(waiting: list[Sketch], most: int, least: float):
    everything = most_telling(waiting, known=[], asked=[HILLY], most=100)
    some = most_telling(waiting, known=[], asked=[HILLY], most=most)
    assert some == everything[:most]
    worthy = most_telling(waiting, known=[], asked=[HILLY], most=100, least_worth=least)
    assert worthy == everything[: len(worthy)]
    assert all(choice.worth >= least for choice in worthy)


def test_of_two_alike_the_newer_is_read_first():
    assert [each.index for each in most_telling([ago(400, FLAT), ago(3, FLAT)], known=[], asked=[FLAT], most=2)] == [
        1,
        0,
    ]
    same = [ago(9, FLAT), ago(9, FLAT)]
    assert most_telling(same, known=[], asked=[FLAT], most=1)[0].index == 0


@pytest.mark.parametrize(("asked", "first"), [(HILLY, 1), (FLAT, 0)])
def test_what_is_like_what_was_asked_about_is_read_first(asked: Sketch, first: int):
    waiting = [ago(30, FLAT), ago(30, HILLY)]
    assert most_telling(waiting, known=[ago(500, FLAT)], asked=[asked], most=1)[0].index == first


def test_a_read_is_worth_by_how_much_less_a_time_may_be_off():
    (only,) = most_telling([ago(0, FLAT)], known=[], asked=[FLAT], most=1)
    unknown = sum(each**2 for each in (PACE.shared, PACE.drift, PACE.lately, PACE.alike, PACE.route, PACE.turning))
    spread = unknown + PACE.noise_run**2
    assert only.worth == pytest.approx(spread**0.5 - (spread - unknown**2 / spread) ** 0.5)


def test_another_of_what_is_known_teaches_less_than_something_new():
    known = [ago(20 + day, FLAT) for day in range(30)]
    first, second = most_telling([ago(15, FLAT), ago(60, HILLY)], known=known, asked=[HILLY, FLAT], most=2)
    assert first.index == 1
    assert second.worth < first.worth / 10


def test_a_walk_teaches_nothing_about_climbs_on_the_run():
    walk, run = Sketch("hike", TODAY - 9, 15_000.0, 900.0), ago(9, HILLY)
    first, second = most_telling([walk, run], known=[], asked=[HILLY], most=2)
    assert first.index == 1
    assert second.worth < first.worth


def test_without_anything_to_forecast_nothing_is_worth_a_read():
    assert most_telling([FLAT], known=[], asked=[], most=9) == []
    assert most_telling([], known=[], asked=[FLAT], most=9) == []
