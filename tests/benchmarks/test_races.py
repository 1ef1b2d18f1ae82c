"""Races as the evaluation folder asks for them: laws that hold whatever was measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.made_up import made_up_gpx
from benchmarks.races import Race, onward, personal, stranger

HILLY: Race = {"km": 50.0, "dplus_m": 2500.0, "dminus_m": 2500.0, "limit_h": None}
FAR: Race = {"km": 150.0, "dplus_m": 8000.0, "dminus_m": 8000.0, "limit_h": 46.0}


@pytest.mark.parametrize("race", [HILLY, FAR])
def test_quantiles_are_in_order_for_whom_nothing_is_known(race: Race) -> None:
    low, middle, high = stranger(race)
    assert 0 < low < middle < high


@settings(max_examples=10, deadline=None)
@given(st.floats(5, 9), st.floats(1.05, 1.5))
def test_who_was_slower_in_one_race_is_slower_in_the_next(hours: float, slower: float) -> None:
    quick, slow = (personal(HILLY, 3600 * each, FAR) for each in (hours, slower * hours))
    assert quick[1] < slow[1]


def test_the_same_race_again_takes_about_as_long() -> None:
    assert personal(HILLY, 7 * 3600.0, HILLY)[1] == pytest.approx(7 * 3600, rel=0.05)


def test_who_comes_by_later_finishes_later_and_the_band_is_in_order(tmp_path: Path) -> None:
    course = tmp_path / "course.gpx"
    course.write_bytes(made_up_gpx(19_500))
    early, late = (onward(str(course), [(82_200.0, 3600.0 * hours)]) for hours in (13, 15))
    for low, middle, high in (early, late):
        assert 0 < low < middle < high
    assert early[1] < late[1]


def test_a_race_farther_than_the_one_known_has_the_wider_band() -> None:
    (low, _, high), (far_low, _, far_high) = (personal(HILLY, 7 * 3600.0, race) for race in (HILLY, FAR))
    assert far_high / far_low > high / low
