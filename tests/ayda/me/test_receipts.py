"""The receipt of an erasure is there with its commit, and reaches whoever asks again."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import text

from ayda_service.members.service import SAME_RECEIPT
from servicekit.base.correlation import DEADLINE_AT_S
from tests.ayda.support import MEMBER, Ayda, World, assert_problem, eventually


async def leave(ayda: Ayda, how: str = "DELETE", path: str = "/api/v1/me") -> dict[str, Any]:
    answer = await ayda.http.request(how, path, headers=ayda.as_member())
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def receipts(ayda: Ayda) -> int:
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM erasure")).scalar_one())


async def test_whose_time_is_short_is_told_the_receipt_while_strava_is_still_asked(ayda: Ayda):
    await ayda.connect()
    ayda.strava.gate.clear()
    patience = DEADLINE_AT_S.set(time.monotonic() + 0.5)
    shown = await ayda.app.litestar.state["parts"].own_data.erase(MEMBER, ayda.clock.now())
    DEADLINE_AT_S.reset(patience)
    assert (shown.strava, shown.erased_in_ayda["strava_token"]) == ("pending", 1)
    ayda.strava.gate.set()
    await eventually(lambda: not any(True for _ in ayda.simulator.authorizations))
    assert (await leave(ayda))["id"] == str(shown.id)


async def test_whoever_hung_up_asks_again_and_gets_the_same_receipt(ayda: Ayda):
    await ayda.connect()
    ayda.strava.gate.clear()
    asking = asyncio.create_task(leave(ayda))
    await eventually(lambda: ("/oauth/revoke", "") in ayda.strava.requests)
    asking.cancel()
    await asyncio.wait([asking])
    ayda.strava.gate.set()
    first, second = await leave(ayda), await leave(ayda)
    assert first["id"] == second["id"]
    assert first["erased_in_ayda"]["member"] == 1
    assert receipts(ayda) == 1


async def test_an_end_of_a_connection_that_is_asked_for_again_has_the_same_receipt(ayda: Ayda):
    await ayda.connect()
    first = await leave(ayda, "POST", "/api/v1/strava/disconnect")
    second = await leave(ayda, "POST", "/api/v1/strava/disconnect")
    assert first["id"] == second["id"]
    ayda.clock.advance(SAME_RECEIPT.total_seconds() + 1)
    late = await ayda.http.post("/api/v1/strava/disconnect", headers=ayda.as_member())
    assert_problem(late, 404, "strava_not_connected")


async def test_an_old_request_to_be_erased_does_not_erase_who_came_back(ayda: Ayda):
    await ayda.connect()
    old = ayda.as_member()
    first = await leave(ayda)
    ayda.clock.advance(60)
    await ayda.connect()
    repeated = await ayda.http.delete("/api/v1/me", headers=old)
    assert repeated.json()["id"] == first["id"]
    assert (await ayda.status())["state"] == "connected"
    assert (await leave(ayda))["id"] != first["id"]


async def test_what_cannot_be_written_down_for_good_is_not_promised(world: World):
    settings = replace(world.settings, erasures_file=Path("/dev/full"))
    async with world.running(settings) as ayda:
        await ayda.connect()
        answer = await ayda.http.delete("/api/v1/me", headers=ayda.as_member())
        assert_problem(answer, 503, "erasures_unwritable")
        assert (await ayda.status())["state"] == "connected"
        assert receipts(ayda) == 0
