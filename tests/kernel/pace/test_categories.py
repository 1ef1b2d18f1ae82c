from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.pace.categories import CATEGORY_CENTRES, CATEGORY_EDGES_PERCENT, CATEGORY_NAMES, categories_of


@pytest.mark.parametrize(
    ("percent", "name"),
    [
        (-60, "down_23_over"),
        (-23, "down_23_17"),
        (-17, "down_17_12"),
        (-12, "down_12_8"),
        (-8, "down_8_3"),
        (-3, "flat_3_3"),
        (0, "flat_3_3"),
        (2.999, "flat_3_3"),
        (3, "up_3_8"),
        (8, "up_8_12"),
        (12, "up_12_17"),
        (17, "up_17_23"),
        (22.999, "up_17_23"),
        (23, "up_23_over"),
        (60, "up_23_over"),
    ],
)
def test_each_category_begins_at_its_lower_bound(percent: float, name: str):
    assert CATEGORY_NAMES[categories_of(np.array([percent / 100]))[0]] == name


def test_the_centres_stand_for_their_categories():
    assert categories_of(np.array(CATEGORY_CENTRES)).tolist() == list(range(len(CATEGORY_NAMES)))


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=50))
def test_a_steeper_gradient_is_never_in_a_lower_category(values: list[float]):
    ordered = categories_of(np.sort(np.array(values)))
    assert (np.diff(ordered) >= 0).all()
    assert len(CATEGORY_EDGES_PERCENT) + 1 == len(CATEGORY_NAMES) == 11
