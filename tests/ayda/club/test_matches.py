"""Partners for a course: a chosen name and a word, and nothing else of anybody."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ayda_service.settings import MemberBudgets, Settings
from tests.ayda.club.support import (
    DISTRIBUTIONS,
    ROUTE_ID,
    ClubPredictor,
    club,
    groups,
    matches,
    opt_in,
    opt_out,
)
from tests.ayda.support import KEY_OUT, MEMBER, Ayda, World, assert_problem, problem


async def test_those_who_suit_are_named_the_closest_first_and_by_name(ayda: Ayda, predictor: ClubPredictor):
    await club(ayda, predictor, 60, 67, 61, 72, 60, 240)
    answer = await matches(ayda)
    assert answer.status_code == 200
    assert answer.json() == {
        "matches": [
            {"name": "Runner C", "band": "very_close"},
            {"name": "Runner E", "band": "very_close"},
            {"name": "Runner B", "band": "close"},
            {"name": "Runner D", "band": "a_stretch"},
        ]
    }


async def test_suiting_is_mutual(ayda: Ayda, predictor: ClubPredictor):
    ids = await club(ayda, predictor, 60, 66, 72, 90)
    told = {each: (await matches(ayda, each)).json()["matches"] for each in ids}
    bands = {(a, match["name"]): match["band"] for a in ids for match in told[a]}
    names = {each: f"Runner {chr(ord('A') + number)}" for number, each in enumerate(ids)}
    for one in ids:
        for other in ids:
            assert bands.get((one, names[other])) == bands.get((other, names[one]))


async def test_one_question_is_one_call_about_all_who_opted_in(ayda: Ayda, predictor: ClubPredictor):
    ids = await club(ayda, predictor, *[60.0 + number for number in range(8)])
    predictor.knows(999, 60)  # who did not opt in
    await matches(ayda, type="hiking")
    [asked] = predictor.questions()
    assert sorted(asked["telegram_ids"]) == sorted(map(str, ids))
    assert (asked["route_id"], asked["type"], asked["purpose"]) == (ROUTE_ID, "hiking", "matching")
    [request] = predictor.asked(DISTRIBUTIONS)
    assert request.headers["x-api-key"] == KEY_OUT


async def test_nothing_is_told_of_anybody_but_name_and_band(ayda: Ayda, predictor: ClubPredictor):
    ids = await club(ayda, predictor, 60, 61, 62)
    text = (await matches(ayda)).text + (await groups(ayda)).text
    assert not [each for each in ids if str(each) in text]
    assert "log_time" not in text
    for match in json.loads((await matches(ayda)).text)["matches"]:
        assert set(match) == {"name", "band"}


async def test_not_to_suit_and_not_to_be_known_look_alike(ayda: Ayda, predictor: ClubPredictor):
    await club(ayda, predictor, 60)
    for telegram_id, name in ((7, "Slow"), (8, "Stravan"), (9, "New")):
        await opt_in(ayda, telegram_id, name)
    predictor.knows(7, 300)
    predictor.knows_from_strava(8)
    assert (await matches(ayda)).json() == {"matches": []}


async def test_figures_of_a_row_that_may_not_be_shown_are_not_used(ayda: Ayda, predictor: ClubPredictor):
    await club(ayda, predictor, 60, 60)
    predictor.people[str(MEMBER + 1)] |= {"shareable": False, "reason": "private_source"}
    assert (await matches(ayda)).json() == {"matches": []}


async def test_who_opts_out_while_the_answer_is_made_is_not_in_it(ayda: Ayda, predictor: ClubPredictor):
    await club(ayda, predictor, 60, 60, 61)

    async def leave() -> None:
        predictor.under_way = None
        await opt_out(ayda, MEMBER + 1)

    predictor.under_way = leave
    assert [match["name"] for match in (await matches(ayda)).json()["matches"]] == ["Runner C"]


async def test_who_opts_out_themselves_meanwhile_is_told_nothing(ayda: Ayda, predictor: ClubPredictor):
    await club(ayda, predictor, 60, 60)

    async def leave() -> None:
        predictor.under_way = None
        await opt_out(ayda, MEMBER)

    predictor.under_way = leave
    assert_problem(await matches(ayda), 409, "not_opted_in")


async def test_a_course_that_is_not_there_is_said_to_be_missing_and_costs_nothing(
    world: World, settings: Settings, predictor: ClubPredictor
):
    async with world.running(replace(settings, budgets=MemberBudgets(matching_per_day=1))) as ayda:
        await club(ayda, predictor, 60, 61)
        predictor.answers["POST", DISTRIBUTIONS] = (404, problem(404, "route_not_found"))
        for _ in range(3):
            assert_problem(await matches(ayda), 404, "route_not_found")
        del predictor.answers["POST", DISTRIBUTIONS]
        assert (await matches(ayda)).status_code == 200


async def test_questions_have_a_budget_of_their_own(world: World, settings: Settings, predictor: ClubPredictor):
    async with world.running(replace(settings, budgets=MemberBudgets(matching_per_day=2))) as ayda:
        await club(ayda, predictor, 60, 61, 62)
        assert [(await matches(ayda)).status_code, (await groups(ayda)).status_code] == [200, 200]
        refused = assert_problem(await matches(ayda), 429, "daily_limit")
        assert "partners and groups" in refused["detail"]
        assert (await matches(ayda, MEMBER + 1)).status_code == 200, "each member has a budget of their own"


async def test_an_outage_of_the_predictor_is_one(ayda: Ayda, predictor: ClubPredictor):
    await club(ayda, predictor, 60, 61)
    predictor.down = True
    assert_problem(await matches(ayda), 503, "upstream_unavailable")


async def test_a_predictor_that_answers_nonsense_is_not_believed(ayda: Ayda, predictor: ClubPredictor):
    await club(ayda, predictor, 60, 61)
    predictor.people[str(MEMBER + 1)]["log_time_sd"] = -1.0
    assert (await matches(ayda)).status_code == 502


@pytest.mark.parametrize("query", [{"type": "ski"}, {"route_id": "x" * 65}])
async def test_a_bad_question_is_a_422(ayda: Ayda, query: dict[str, str]):
    await opt_in(ayda)
    asked = {"route_id": ROUTE_ID, **query}
    answer = await ayda.http.get("/api/v1/matches", params=asked, headers=ayda.as_member())
    assert_problem(answer, 422, "validation_failed")
