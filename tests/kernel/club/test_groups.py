from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kernel.club.groups import MOST_GROUPS, GroupsImpossible, PaceGroup, pace_groups
from kernel.club.matching import Outlook
from tests.kernel.club.outlooks import clubs
from tests.kernel.club.test_cut import all_cuts

counts = st.one_of(st.none(), st.integers(2, 6))
Limits = Mapping[str, int | None]
limits = st.fixed_dictionaries(
    {"count": counts, "least": st.integers(1, 4), "most": st.one_of(st.none(), st.integers(1, 9))}
)


def cut_or_not(members: Mapping[str, Outlook], asked: Limits) -> list[PaceGroup]:
    """The groups, of an example in which some are possible."""
    try:
        return pace_groups(members, **asked)  # type: ignore[arg-type] - least is always there
    except GroupsImpossible:
        assume(False)
        raise


def ways(people: int, asked: Limits) -> list[tuple[int, ...]]:
    """Every way to cut so many people within what was asked for."""
    numbers = range(1, MOST_GROUPS + 1) if asked["count"] is None else (asked["count"],)
    most = people if asked["most"] is None else asked["most"]
    return [ends for groups in numbers for ends in all_cuts(people, groups, asked["least"] or 1, most)]


@given(clubs(), limits, st.randoms())
def test_the_order_in_which_people_are_named_is_irrelevant(members: dict[str, Outlook], asked: Limits, random: Random):
    shuffled = list(members.items())
    random.shuffle(shuffled)
    assert cut_or_not(dict(shuffled), asked) == cut_or_not(members, asked)


@given(clubs(), limits)
def test_nobody_is_left_out_and_nobody_is_in_two(members: dict[str, Outlook], asked: Limits):
    groups = cut_or_not(members, asked)
    assert sorted(name for group in groups for name in group.members) == sorted(members)


@given(clubs(), limits)
def test_whoever_is_faster_is_never_in_a_slower_group(members: dict[str, Outlook], asked: Limits):
    groups = cut_or_not(members, asked)
    for faster, slower in pairwise(groups):
        slowest = max(members[name].log_time_s for name in faster.members)
        assert slowest <= min(members[name].log_time_s for name in slower.members)


@given(clubs(), limits)
def test_equals_are_parted_only_where_the_sizes_leave_no_other_way(members: dict[str, Outlook], asked: Limits):
    groups = cut_or_not(members, asked)
    line = sorted(math.exp(members[name].log_time_s) for name in members)
    parted = any(
        max(math.exp(members[name].log_time_s) for name in faster.members)
        == min(math.exp(members[name].log_time_s) for name in slower.members)
        for faster, slower in pairwise(groups)
    )
    if parted:
        assert all(any(line[end - 1] == line[end] for end in ends[:-1]) for ends in ways(len(line), asked))


@given(clubs(), limits)
def test_sizes_and_numbers_are_those_asked_for_or_it_is_refused(members: dict[str, Outlook], asked: Limits):
    possible = ways(len(members), asked)
    if not possible:
        with pytest.raises(GroupsImpossible, match=f"^{len(members)} people"):
            pace_groups(members, **asked)  # type: ignore[arg-type] - least is always there
        return
    groups = pace_groups(members, **asked)  # type: ignore[arg-type] - least is always there
    sizes = [len(group.members) for group in groups]
    assert min(sizes) >= (asked["least"] or 1)
    assert max(sizes) <= (asked["most"] or len(members))
    assert len(groups) == (asked["count"] or len(groups)) <= MOST_GROUPS


@given(clubs(), limits)
def test_what_is_said_of_a_group_is_finite_and_coarse(members: dict[str, Outlook], asked: Limits):
    for group in cut_or_not(members, asked):
        assert math.isfinite(group.waiting_min)
        assert group.waiting_min >= 0
        if group.time_range_min is None:
            assert len(group.members) < 3
            continue
        low, high = group.time_range_min
        assert 0 <= low < high
        assert low % 5 == high % 5 == 0


@given(clubs(least=3), st.floats(0.05, 0.3))
def test_the_range_of_a_group_holds_its_middle(members: dict[str, Outlook], doubt: float):
    known = {name: Outlook(outlook.log_time_s, doubt) for name, outlook in members.items()}
    for group in pace_groups(known):
        middle_min = math.exp(sum(known[name].log_time_s for name in group.members) / len(group.members)) / 60
        assert group.time_range_min is not None
        assert group.time_range_min[0] <= middle_min <= group.time_range_min[1]


def club_of(*minutes: float, **more: float) -> dict[str, Outlook]:
    return {f"m{number:03}": Outlook(math.log(60 * each), 0.1, **more) for number, each in enumerate(minutes)}


def sizes(groups: Sequence[PaceGroup]) -> list[int]:
    return [len(group.members) for group in groups]


def test_as_many_groups_as_pay_off():
    assert sizes(pace_groups(club_of(*[60.0] * 4, *[90.0] * 5))) == [4, 5]
    assert sizes(pace_groups(club_of(*[60.0] * 4, *[75.0] * 4, *[90.0] * 5))) == [4, 4, 5]
    assert sizes(pace_groups(club_of(*[60.0] * 4, *[60.5] * 5))) == [9], "half a minute is worth no group"


def test_nobody_is_nobody():
    assert pace_groups({}) == []


def test_two_people_are_no_group_unless_that_is_asked_for():
    with pytest.raises(GroupsImpossible, match="2 people"):
        pace_groups(club_of(60, 61))
    [pair] = pace_groups(club_of(60, 61), least=2)
    assert pair.time_range_min is None


def test_a_long_day_is_told_more_coarsely():
    [short] = pace_groups(club_of(61, 62, 63))
    [long] = pace_groups(club_of(601, 602, 603))
    assert short.time_range_min == (50, 75)
    assert long.time_range_min == (510, 690)


def test_a_leader_is_told_where_the_group_will_stretch():
    hilly = {**club_of(60, 60, 60), "climber": Outlook(math.log(3600), 0.1, climb=-0.08)}
    assert [group.hint for group in pace_groups(club_of(60, 60, 61))] == ["holds_together"]
    assert [group.hint for group in pace_groups(hilly)] == ["wait_on_slopes"]
    assert [group.hint for group in pace_groups(club_of(60, 70, 75))] == ["wait_often"]
