"""Laws of the step by which a ledger of forecasts corrects the next band."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.forecast.calibration import (
    FADES_OVER,
    FEWEST,
    LEAST,
    MOST,
    PSEUDO,
    REMEMBERED,
    past_of,
    score_of,
    stretch_of,
)

ROUNDING = 1 + 1e-12
SCORES = st.lists(st.floats(-20, 20), max_size=120)


def test_an_empty_ledger_leaves_the_band_as_it_is():
    assert stretch_of([]) == 1.0
    assert past_of([]).stretch == 1.0


@given(SCORES)
def test_the_stretch_stays_within_its_bounds_whatever_happened(scores: list[float]):
    assert LEAST <= stretch_of(scores) <= MOST


@given(SCORES, st.data())
def test_an_outcome_farther_off_never_narrows_the_band(scores: list[float], data: st.DataObject):
    place = data.draw(st.integers(0, max(0, len(scores) - 1)))
    farther = [
        math.copysign(abs(score) + data.draw(st.floats(0, 5)), score) if k == place else score
        for k, score in enumerate(scores)
    ]
    assert stretch_of(farther) * ROUNDING >= stretch_of(scores)


@given(SCORES)
def test_only_how_far_off_counts_and_not_on_which_side(scores: list[float]):
    assert stretch_of([-score for score in scores]) == stretch_of(scores)


@given(st.lists(st.floats(1.0, 20), min_size=1, max_size=120))
def test_outcomes_that_were_all_outside_never_narrow_the_band(scores: list[float]):
    assert stretch_of(scores) * ROUNDING >= 1.0


@given(st.lists(st.floats(0, 1.0), min_size=1, max_size=120))
def test_outcomes_that_were_all_inside_never_widen_the_band(scores: list[float]):
    assert stretch_of(scores) <= ROUNDING


@given(st.integers(1, 200), st.floats(1.05, 1.9))
def test_the_more_outcomes_say_the_same_the_more_they_are_followed(count: int, score: float):
    fewer, more = stretch_of([score] * count), stretch_of([score] * (count + 1))
    assert 1.0 <= fewer <= more * ROUNDING <= score + 1e-9


def test_a_long_ledger_of_a_right_band_changes_it_by_little():
    normal = NormalDist()
    right = [normal.inv_cdf((k + 0.5) / 200) / normal.inv_cdf(0.9) for k in range(200)]
    mixed = [right[(77 * k) % 200] for k in range(200)]
    assert stretch_of(mixed) == pytest.approx(1.0, abs=0.06)


def test_newer_outcomes_count_more_than_older_ones():
    wide, narrow = [1.8] * 20, [0.2] * 60
    assert stretch_of(wide + narrow) > stretch_of(narrow + wide)


def test_what_is_no_longer_asked_for_would_weigh_less_than_half_an_outcome():
    forgotten = math.exp(-REMEMBERED / FADES_OVER) / (1 - math.exp(-1 / FADES_OVER))
    assert forgotten < 0.5 < PSEUDO


@given(st.floats(100, 1e6), st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0.2, 5))
def test_a_score_is_within_one_exactly_when_the_band_held(p50: float, down: float, up: float, ratio: float):
    p10, p90, taken = p50 * math.exp(-down), p50 * math.exp(up), p50 * ratio
    score = score_of(p10, p50, p90, taken)
    if abs(abs(score) - 1) > 1e-9:
        assert (abs(score) < 1) is (p10 < taken < p90)
    assert (score >= 0) is (taken >= p50)


def test_a_band_without_width_still_has_a_finite_score():
    assert math.isfinite(score_of(100, 100, 100, 250))


def test_no_share_is_told_of_fewer_outcomes_than_five():
    few = past_of([(0.5, True)] * (FEWEST - 1))
    enough = past_of([(0.5, True)] * (FEWEST - 1) + [(3.0, False)])
    assert (few.held, few.compared) == (None, FEWEST - 1)
    assert (enough.held, enough.compared) == ((FEWEST - 1) / FEWEST, FEWEST)
