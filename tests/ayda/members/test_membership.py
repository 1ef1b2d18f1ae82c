"""One place decides who is a member: what was vouched for before an erasure makes nobody one, a newer proof does."""

from __future__ import annotations

import asyncio

from tests.ayda.members.test_provisioning import members
from tests.ayda.support import MEMBER, OTHER, Ayda, assert_problem

PREDICTION = ("POST", "/api/v1/predictions")
WAYS = (PREDICTION, ("GET", "/api/v1/strava/auth"), ("GET", "/api/v1/strava/auth?elsewhere=true"))


async def test_no_way_in_takes_a_proof_from_before_the_erasure(ayda: Ayda):
    old = ayda.as_member()
    await ayda.connect()
    assert (await ayda.http.delete("/api/v1/me", headers=old)).status_code == 200
    for method, path in WAYS:
        answer = await ayda.http.request(method, path, json={"gpx_file_id": "x"}, headers=old)
        assert_problem(answer, 401, "erased_since")
    assert await members(ayda) == []


async def test_a_request_that_was_let_in_before_the_erasure_makes_nobody_a_member_after_it(ayda: Ayda):
    await ayda.connect(OTHER)
    parts = ayda.app.litestar.state["parts"]
    proof = ayda.clock.now()
    await parts.own_data.erase(MEMBER, proof)
    ticket = asyncio.create_task(parts.connections.ticket(MEMBER, proof))
    begun = asyncio.create_task(parts.connections.begin(MEMBER, proof, "a browser"))
    outcomes = await asyncio.gather(ticket, begun, return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == ["ErasedSince", "ErasedSince"]
    assert await members(ayda) == [OTHER]


async def test_who_was_erased_on_the_way_to_strava_and_is_back_is_not_connected_by_that_way(ayda: Ayda):
    athlete_id = ayda.simulator.add_athlete()
    back = await ayda.consent(await ayda.begin(), athlete_id)
    ayda.clock.advance(1)
    await ayda.http.delete("/api/v1/me", headers=ayda.as_member())
    ayda.clock.advance(1)
    await ayda.begin()
    page = await ayda.http.get(back)
    assert page.status_code == 400
    assert (await ayda.status())["state"] == "not_connected"


async def test_another_athlete_leaves_nothing_of_the_former_one(ayda: Ayda):
    former = await ayda.connect()
    await ayda.token()
    ayda.clock.advance(60)
    present = await ayda.connect()
    await ayda.token()
    shown = (await ayda.http.get("/api/v1/me/export", headers=ayda.as_member())).json()["ayda"]
    assert former != present
    assert [each["athlete_id"] for each in shown["token_hand_out"]] == [present] * 2  # connected, and handed out
