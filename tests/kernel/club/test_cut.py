from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.club.cut import GroupCut, best_cuts

times = st.one_of(st.floats(5.0, 900.0), st.sampled_from([30.0, 31.0, 31.5, 60.0]))
lines = st.lists(times, min_size=1, max_size=9).map(sorted)


def all_cuts(people: int, groups: int, least: int, most: int) -> Iterator[tuple[int, ...]]:
    """Every way to cut so many people, by where the groups end."""
    for inner in combinations(range(1, people), groups - 1):
        ends = (*inner, people)
        sizes = np.diff((0, *ends))
        if sizes.min() >= least and sizes.max() <= most:
            yield ends


def cost(line: Sequence[float], ends: Sequence[int]) -> tuple[int, float]:
    """How many equals are parted, and how long everybody waits together."""
    begins = (0, *ends[:-1])
    waiting = sum(line[end - 1] - each for begin, end in zip(begins, ends, strict=True) for each in line[begin:end])
    return sum(line[end - 1] == line[end] for end in ends[:-1]), waiting


@given(lines, st.integers(1, 4), st.integers(1, 9))
def test_the_best_cuts_are_those_that_trying_them_all_finds(line: list[float], least: int, most: int):
    for groups, found in enumerate(best_cuts(np.array(line), least=least, most=most, groups=6), start=1):
        tried = [cost(line, ends) for ends in all_cuts(len(line), groups, least, most)]
        if found is None:
            assert not tried
            continue
        parted, waiting = min(tried)
        assert found.parted == parted
        assert found.waiting_min == pytest.approx(waiting, abs=1e-6)
        assert cost(line, found.ends) == (found.parted, pytest.approx(found.waiting_min, abs=1e-6))


@given(lines)
def test_one_more_group_never_makes_anybody_wait_longer(line: list[float]):
    waiting = [cut.waiting_min for cut in best_cuts(np.array(sorted(set(line))), least=1, most=9, groups=6) if cut]
    assert all(more <= less + 1e-6 for less, more in pairwise(waiting))


def test_of_a_line_with_gaps_the_gaps_are_where_it_is_cut():
    line = np.array([40.0, 41.0, 42.0, 60.0, 61.0, 62.0, 63.0, 90.0, 91.0, 92.0])
    assert best_cuts(line, least=1, most=10, groups=3)[-1] == GroupCut((3, 7, 10), 3.0 + 6.0 + 3.0, 0)


def test_three_hundred_people_are_cut_within_the_limits():
    rng = np.random.default_rng(1)
    line = np.sort(60 * np.exp(rng.normal(0, 0.2, 300)))
    cut = best_cuts(line, least=20, most=80, groups=6)[-1]
    assert cut is not None
    assert cut.ends[-1] == 300
    assert 20 <= np.diff((0, *cut.ends)).min() <= np.diff((0, *cut.ends)).max() <= 80
