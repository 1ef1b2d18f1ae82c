"""Kilometre splits tell where one was, not how the way went between: halves swing until they climb what was told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.pace.ground import ground_of_pieces, ground_of_splits

SPLITS = st.lists(st.tuples(st.floats(100.0, 1000.0), st.floats(-150.0, 150.0)), min_size=1, max_size=30)


@given(kilometres=st.integers(1, 20), gain_m=st.floats(1.0, 140.0))
def test_level_splits_go_up_and_down_by_what_they_climb(kilometres: int, gain_m: float):
    length_m = np.full(kilometres, 1000.0)
    told = ground_of_splits(length_m, np.zeros(kilometres), "run", gain_m * kilometres)
    halves, slope = np.full(2, 500.0 * kilometres), 2.0 * gain_m / 1000.0
    assert told.climb_cost == pytest.approx(ground_of_pieces(halves, np.array([slope, -slope]), "run").climb_cost)


@example(splits=[(100.0, 0.0), (100.0, 60.0), (101.0, 0.0)], shares=(0.0, 2.0))
@given(splits=SPLITS, shares=st.tuples(st.floats(0.0, 2.0), st.floats(0.0, 2.0)))
def test_more_climb_never_costs_less(splits: list[tuple[float, float]], shares: tuple[float, float]):
    length_m, rise_m = (np.array(each) for each in zip(*splits, strict=True))
    least, most = (float(length_m.sum()) * 0.1 * share for share in sorted(shares))
    less, more = (ground_of_splits(length_m, rise_m, "run", gain_m).climb_cost for gain_m in (least, most))
    assert less <= more + 1e-9


@given(splits=SPLITS)
def test_who_climbs_no_more_than_the_splits_say_has_gone_as_they_say(splits: list[tuple[float, float]]):
    length_m, rise_m = (np.array(each) for each in zip(*splits, strict=True))
    plain = ground_of_pieces(length_m, np.clip(rise_m / length_m, -0.6, 0.6), "run")
    assert ground_of_splits(length_m, rise_m, "run", None).climb_cost == pytest.approx(plain.climb_cost)
