from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.club.level import CLIMB_5K_S, FLAT_10K_S, LEVELS, classify_level
from kernel.fitted import Kind

times = st.floats(600, 40_000)
kinds = st.sampled_from(["run", "walk"])


@given(kinds, times, times, st.floats(0, 5000), st.floats(0, 5000))
def test_a_faster_time_never_lowers_the_level(
    kind: Kind, flat_s: float, climb_s: float, flat_gain_s: float, climb_gain_s: float
):
    slower = classify_level(flat_s + flat_gain_s, climb_s + climb_gain_s, kind)
    assert LEVELS.index(classify_level(flat_s, climb_s, kind)) <= LEVELS.index(slower)


@given(kinds, times, times)
def test_the_slower_of_the_two_decides(kind: Kind, flat_s: float, climb_s: float):
    alone = (classify_level(flat_s, 0.0, kind), classify_level(0.0, climb_s, kind))
    assert classify_level(flat_s, climb_s, kind) == max(alone, key=LEVELS.index)


@pytest.mark.parametrize("kind", ["run", "walk"])
def test_each_limit_is_the_slowest_time_of_its_level(kind: Kind):
    for rank, (flat_s, climb_s) in enumerate(zip(FLAT_10K_S[kind], CLIMB_5K_S[kind], strict=True)):
        assert classify_level(flat_s, climb_s, kind) == LEVELS[rank]
        assert classify_level(flat_s + 1, climb_s, kind) == LEVELS[rank + 1]
        assert classify_level(flat_s, climb_s + 1, kind) == LEVELS[rank + 1]
