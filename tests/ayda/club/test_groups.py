"""Pace groups: everybody who opted in and may be shown is in one, and a group says nothing of one of its people."""

from __future__ import annotations

import pytest

from tests.ayda.club.support import ClubPredictor, club, groups, opt_in
from tests.ayda.support import MEMBER, Ayda, assert_problem

TWO_PACES = (60.0, 90.0, 61.0, 91.0, 62.0, 92.0, 90.0)


async def test_the_club_is_cut_where_its_paces_part(ayda: Ayda, predictor: ClubPredictor):
    await club(ayda, predictor, *TWO_PACES)
    answer = await groups(ayda)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "groups": [
            {
                "position": 1, "names": ["Runner A", "Runner C", "Runner E"], "time_range_min": [50, 70],
                "hint": "holds_together", "yours": True,
            },
            {
                "position": 2, "names": ["Runner B", "Runner D", "Runner F", "Runner G"], "time_range_min": [75, 105],
                "hint": "holds_together", "yours": False,
            },
        ],
        "reason": None,
        "advice": None,
    }  # fmt: skip
    assert len(predictor.questions()) == 1


async def test_names_stand_by_the_alphabet_and_not_by_pace(ayda: Ayda, predictor: ClubPredictor):
    await club(ayda, predictor, 62, 60, 61)
    [group] = (await groups(ayda)).json()["groups"]
    assert group["names"] == sorted(group["names"])


@pytest.mark.parametrize("count", [2, 3])
async def test_as_many_groups_as_the_leader_wants(ayda: Ayda, predictor: ClubPredictor, count: int):
    await club(ayda, predictor, *range(60, 72))
    found = (await groups(ayda, count=count)).json()["groups"]
    assert [group["position"] for group in found] == list(range(1, count + 1))
    assert sum(group["yours"] for group in found) == 1


async def test_no_group_is_larger_than_the_leader_wants(ayda: Ayda, predictor: ClubPredictor):
    await club(ayda, predictor, *range(60, 72))
    found = (await groups(ayda, size=4)).json()["groups"]
    assert [len(group["names"]) for group in found] == [4, 4, 4]


@pytest.mark.parametrize("minutes", [(60.0,), (60.0, 61.0)])
async def test_nobody_learns_the_time_of_a_single_other(
    ayda: Ayda, predictor: ClubPredictor, minutes: tuple[float, ...]
):
    await club(ayda, predictor, *minutes)
    assert_problem(await groups(ayda), 409, "too_few_for_groups")


async def test_no_number_of_groups_makes_one_of_two_people(ayda: Ayda, predictor: ClubPredictor):
    await club(ayda, predictor, 60, 61, 90, 91, 92)
    refused = assert_problem(await groups(ayda, count=2), 422, "groups_impossible")
    assert "5 people" in refused["detail"]
    [group] = (await groups(ayda)).json()["groups"]
    assert len(group["names"]) == 5


@pytest.mark.parametrize("asked", [{"count": 1}, {"count": 7}, {"size": 2}, {"size": 0}, {"type": "ski"}, {"x": 1}])
async def test_what_cannot_be_asked_for_is_a_422(ayda: Ayda, predictor: ClubPredictor, asked: dict[str, object]):
    await club(ayda, predictor, 60, 61, 62)
    assert_problem(await groups(ayda, **asked), 422, "validation_failed")


async def test_who_cannot_be_shown_sees_the_groups_and_why_they_are_in_none(ayda: Ayda, predictor: ClubPredictor):
    await club(ayda, predictor, 60, 61, 62, first=MEMBER + 1)
    await opt_in(ayda, MEMBER, "Leader")
    predictor.knows_from_strava(MEMBER)
    told = (await groups(ayda)).json()
    assert [group["yours"] for group in told["groups"]] == [False]
    assert "Leader" not in told["groups"][0]["names"]
    assert told["reason"] == "private_source"
    assert "export" in told["advice"]


async def test_two_of_one_name_are_both_named(ayda: Ayda, predictor: ClubPredictor):
    for number, minutes in enumerate((60, 61, 62)):
        predictor.knows(MEMBER + number, minutes)
        await opt_in(ayda, MEMBER + number, "Anna")
    [group] = (await groups(ayda)).json()["groups"]
    assert group["names"] == ["Anna"] * 3
