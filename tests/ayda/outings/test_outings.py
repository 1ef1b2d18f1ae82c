"""What a member's profile rests on is theirs to see and to switch, and the predictor's to tell."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ayda.support import MEMBER, Ayda, assert_problem, problem

LIST = f"/api/v1/internal/athletes/{MEMBER}/outings"
ID = "018f6b2a-0000-7000-8000-0000000c0201"
OUTING: dict[str, Any] = {
    "id": ID, "sport": "trail_run", "started_at": "2026-05-26T12:00:00Z", "distance_m": 8000.0,
    "moving_time_s": 3040.0, "counts": True, "left_out": None, "switched_off": False,
}  # fmt: skip


async def test_a_member_sees_what_their_profile_rests_on(ayda: Ayda):
    told = {"outings": [OUTING], "earlier": ID}
    ayda.predictor.answers["GET", LIST] = (200, told)
    answer = await ayda.http.get("/api/v1/outings", headers=ayda.as_member())
    assert (answer.status_code, answer.json()) == (200, told)


async def test_the_next_page_begins_where_the_former_ended(ayda: Ayda):
    ayda.predictor.answers["GET", LIST] = (200, {"outings": [], "earlier": None})
    await ayda.http.get("/api/v1/outings", params={"before": ID}, headers=ayda.as_member())
    [asked] = ayda.predictor.asked(LIST)
    assert asked.url.params["before"] == ID


async def test_a_member_switches_an_outing_off(ayda: Ayda):
    off = {**OUTING, "counts": False, "switched_off": True}
    ayda.predictor.answers["PUT", f"{LIST}/{ID}"] = (200, off)
    answer = await ayda.http.put(f"/api/v1/outings/{ID}", json={"counts": False}, headers=ayda.as_member())
    assert (answer.status_code, answer.json()) == (200, off)
    [asked] = ayda.predictor.asked(f"{LIST}/{ID}")
    assert json.loads(asked.content) == {"counts": False}


@pytest.mark.parametrize("outing_id", ["x", "..%2F..%2F1", "1"])
async def test_what_is_no_id_never_reaches_the_predictor(ayda: Ayda, outing_id: str):
    answer = await ayda.http.put(f"/api/v1/outings/{outing_id}", json={"counts": False}, headers=ayda.as_member())
    assert answer.status_code == 404
    before = await ayda.http.get("/api/v1/outings", params={"before": outing_id}, headers=ayda.as_member())
    assert before.status_code == 404
    assert ayda.predictor.requests == []


async def test_an_outing_of_somebody_else_is_not_there(ayda: Ayda):
    ayda.predictor.answers["PUT", f"{LIST}/{ID}"] = (404, problem(404, "outing_not_found"))
    answer = await ayda.http.put(f"/api/v1/outings/{ID}", json={"counts": False}, headers=ayda.as_member())
    assert_problem(answer, 404, "outing_not_found")


@pytest.mark.parametrize("body", [{}, {"counts": "no"}, {"counts": True, "more": 1}])
async def test_what_is_no_choice_is_refused(ayda: Ayda, body: dict[str, Any]):
    answer = await ayda.http.put(f"/api/v1/outings/{ID}", json=body, headers=ayda.as_member())
    assert_problem(answer, 422, "validation_failed")


async def test_nobody_without_a_proof_sees_anything(ayda: Ayda):
    assert (await ayda.http.get("/api/v1/outings")).status_code == 401
    assert (await ayda.http.put(f"/api/v1/outings/{ID}", json={"counts": False})).status_code == 401
