"""The numbers of the rest, found again in made-up days."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.fit_on_the_day import SHARES, Days, held, likeliest
from kernel.fitted import DayNumbers

TRUE = DayNumbers(walk_on_the_flat=0.05, early_in_hills=0.12, walk_of_stops=0.03)


def days(seed: int, count: int = 400) -> Days:
    rng = np.random.default_rng(seed)
    empty = Days(rng.uniform(0, 20, count), rng.uniform(0, 0.4, count), np.zeros((count, len(SHARES))))
    return Days(empty.gain_m_per_km, empty.log_stops, empty.sd(TRUE) * rng.standard_normal(empty.sd(TRUE).shape))


def test_the_numbers_that_days_were_made_by_are_found_and_their_band_holds_four_in_five() -> None:
    people = [days(seed) for seed in range(3)]
    found = likeliest(people)
    assert found.early_in_hills == pytest.approx(TRUE.early_in_hills, rel=0.1)
    assert found.walk_of_stops == pytest.approx(TRUE.walk_of_stops, rel=0.2)
    assert held(people, found) == pytest.approx(0.8, abs=0.04)


def test_people_with_few_outings_do_not_tell_how_often_a_band_holds() -> None:
    many = days(1)
    assert held([many, days(2, count=3)], TRUE).tolist() == held([many], TRUE).tolist()
