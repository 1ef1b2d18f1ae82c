"""Opting in to matching: off by default, ended at once, and gone with the member."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

import ayda_service.club.service as club_service
from ayda_service.club.models import MatchingConsent
from ayda_service.club.store import MatchingStore
from ayda_service.members.store import MemberStore
from ayda_service.settings import Settings
from tests.ayda.club.support import ClubPredictor, groups, matches, opt_in, opt_out, put, state
from tests.ayda.support import MEMBER, OTHER, Ayda, World, assert_problem


def consents(ayda: Ayda) -> int:
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return int(session.execute(select(func.count()).select_from(MatchingConsent)).scalar_one())


async def test_nobody_is_found_who_did_not_ask_for_it(ayda: Ayda):
    assert await state(ayda) == {
        "opted_in": False, "name": None, "visible": False, "reason": "no_profile",
        "advice": club_service.advice("no_profile"),
    }  # fmt: skip
    assert_problem(await matches(ayda), 409, "not_opted_in")
    assert_problem(await groups(ayda), 409, "not_opted_in")
    assert ayda.predictor.asked("/api/v1/internal/distributions") == []


async def test_whoever_opts_in_has_the_name_they_chose_and_may_choose_another(ayda: Ayda, predictor: ClubPredictor):
    predictor.knows(MEMBER, 60)
    first = await opt_in(ayda, name="  Anna \u200b K. ")
    assert first.json() == {"opted_in": True, "name": "Anna K.", "visible": True, "reason": None, "advice": None}
    assert (await opt_in(ayda, name="Аня")).json()["name"] == "Аня"
    assert await state(ayda) == {**first.json(), "name": "Аня"}
    assert consents(ayda) == 1


async def test_opting_out_ends_it_at_once_and_leaves_nothing(ayda: Ayda, predictor: ClubPredictor):
    predictor.knows(MEMBER, 60)
    await opt_in(ayda)
    ended = await opt_out(ayda)
    assert (ended.json()["opted_in"], ended.json()["name"]) == (False, None)
    assert consents(ayda) == 0
    assert (await opt_out(ayda)).status_code == 200, "ending what has ended is no error"
    assert_problem(await matches(ayda), 409, "not_opted_in")


async def test_opting_out_makes_nobody_a_member(ayda: Ayda):
    await opt_out(ayda)
    with ayda.app.litestar.state["parts"].database.reading() as session:
        assert not MemberStore(session).any()


@pytest.mark.parametrize("name", [None, "", "  ", "x" * 41, "<script>", "42", "\u202e"])
async def test_a_name_is_needed_that_is_one(ayda: Ayda, name: str | None):
    problem = assert_problem(await opt_in(ayda, name=name), 422, "validation_failed")
    assert [each["field"] for each in problem["errors"]] == ["name"]
    assert consents(ayda) == 0


@pytest.mark.parametrize("body", [{}, {"opted_in": "yes"}, {"opted_in": True, "name": 7}, {"opted_in": True, "x": 1}])
async def test_a_choice_of_another_shape_is_refused(ayda: Ayda, body: dict[str, object]):
    assert_problem(await put(ayda, MEMBER, **body), 422, "validation_failed")


async def test_who_is_known_from_strava_alone_is_told_why_and_what_helps(ayda: Ayda, predictor: ClubPredictor):
    predictor.knows_from_strava(MEMBER)
    await opt_in(ayda)
    told = await state(ayda)
    assert (told["opted_in"], told["visible"], told["reason"]) == (True, False, "private_source")
    assert "export" in told["advice"]
    problem = assert_problem(await matches(ayda), 409, "not_matchable")
    assert problem["detail"] == told["advice"]


async def test_the_own_state_can_be_read_and_ended_while_the_predictor_is_away(ayda: Ayda, predictor: ClubPredictor):
    await opt_in(ayda)
    predictor.down = True
    assert await state(ayda) == {"opted_in": True, "name": "Anna", "visible": None, "reason": None, "advice": None}
    assert (await opt_out(ayda)).json()["opted_in"] is False


async def test_an_ayda_alone_keeps_the_choice_and_matches_nobody(world: World, alone: Settings):
    async with world.running(alone) as ayda:
        assert (await opt_in(ayda)).json()["visible"] is None
        assert_problem(await matches(ayda), 503, "predictor_not_configured")


async def test_the_choice_goes_with_the_member_and_is_in_what_they_are_shown(ayda: Ayda):
    await opt_in(ayda, MEMBER, "Anna")
    await opt_in(ayda, OTHER, "Boris")
    exported = (await ayda.http.get("/api/v1/me/export", headers=ayda.as_member())).json()["ayda"]
    [row] = exported["matching_consent"]
    assert row["name"] == "Anna"
    erased = (await ayda.http.delete("/api/v1/me", headers=ayda.as_member())).json()
    assert erased["erased_in_ayda"] == {"member": 1, "matching_consent": 1}
    assert consents(ayda) == 1
    ayda.clock.advance(1)
    assert (await state(ayda))["opted_in"] is False


async def test_a_proof_from_before_an_erasure_opts_nobody_in(ayda: Ayda):
    before = ayda.as_member()
    await opt_in(ayda)
    await ayda.http.delete("/api/v1/me", headers=before)
    late = await ayda.http.put("/api/v1/matching", json={"opted_in": True, "name": "Anna"}, headers=before)
    assert_problem(late, 401, "erased_since")
    assert consents(ayda) == 0


async def test_as_many_opt_in_as_can_be_compared_at_once(ayda: Ayda):
    await opt_in(ayda, MEMBER)
    with ayda.app.litestar.state["parts"].database.transaction() as session:
        now, store = ayda.clock.now(), MatchingStore(session)
        other = MemberStore(session).create(OTHER, now)
        assert not store.put(other.id, "Boris", now, most=1)
        assert store.put(other.id, "Boris", now, most=2)
        assert store.put(other.id, "Borya", now, most=1), "who is in may always change the name"
        assert store.names() == {str(MEMBER): "Anna", str(OTHER): "Borya"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/v1/matching"), ("PUT", "/api/v1/matching"), ("GET", "/api/v1/matches"), ("POST", "/api/v1/groups")],
)
async def test_nobody_unknown_learns_anything(ayda: Ayda, method: str, path: str):
    assert_problem(await ayda.http.request(method, path), 401, "invalid_init_data")
