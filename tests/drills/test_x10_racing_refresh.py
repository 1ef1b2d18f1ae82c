"""X10 and T1: who disconnects while their token is refreshed leaves nothing alive at Strava, wherever the two meet."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import get_args

import httpx
import pytest
from sqlalchemy import text

from ayda_service.audit.service import Audit
from simulators.strava.application.switches import RotationMode
from tests.ayda.support import MEMBER, Ayda, World
from tests.drills.interleaving import Hold
from tests.drills.reporting import DRILL, report
from tests.drills.vault_world import LIFE_S, world_on

MODES: tuple[RotationMode, ...] = get_args(RotationMode)
HELD_S = 0.06
"""For so long one is held when the other cannot end before it, in real time."""
ON = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)] if DRILL else ["sqlite"]
REFRESH, END = "TokenKeeper._fly", "disconnect_over_http"
AFTER = "OwnDataService._finish"
"""What goes on after the commit, whether the caller waits for it or not."""


async def disconnect_over_http(ayda: Ayda) -> httpx.Response:
    answer = await ayda.http.post("/api/v1/strava/disconnect", headers=ayda.as_member())
    answer.extensions["alive"] = any(True for _ in ayda.simulator.authorizations)
    return answer


async def meet(ayda: Ayda, held: str, at: int) -> tuple[Hold, httpx.Response, httpx.Response]:
    """A refresh and a disconnect, one of them held at its `at`-th await while the other runs."""
    hold, loop = Hold(held, at), asyncio.get_running_loop()
    loop.set_task_factory(hold.factory)
    asking = ayda.token
    one = loop.create_task(asking() if held == REFRESH else disconnect_over_http(ayda))
    await asyncio.wait([one, loop.create_task(hold.reached.wait())], return_when=asyncio.FIRST_COMPLETED)
    other = loop.create_task(disconnect_over_http(ayda) if held == REFRESH else asking())
    await asyncio.wait([other], timeout=HELD_S)
    hold.release()
    first, second = await one, await other
    loop.set_task_factory(None)
    return hold, *((first, second) if held == REFRESH else (second, first))


async def settled(ayda: Ayda) -> None:
    """Returns once every revocation has been carried out by the worker."""
    async with asyncio.timeout(30):
        while await count(ayda, "SELECT count(*) FROM strava_revocation"):
            ayda.clock.advance(5)
            await asyncio.sleep(0.02)


async def count(ayda: Ayda, statement: str) -> int:
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return int(session.execute(text(statement)).scalar_one())


async def judged(ayda: Ayda, world: World, athlete_id: int, answers: tuple[httpx.Response, httpx.Response]) -> str:
    """What is wrong afterwards, if anything."""
    token, receipt = answers
    await settled(ayda)
    if receipt.status_code != 200 or receipt.json()["strava"] not in {"revoked", "pending"}:
        return f"no_receipt_{receipt.status_code}"
    if receipt.json()["strava"] == "revoked" and receipt.extensions["alive"]:
        return "said_to_be_revoked_and_alive"
    if token.status_code not in {200, 404}:
        return f"no_answer_{token.status_code}"
    if world.simulator.authorizations.of(athlete_id) is not None:
        return "alive_at_strava"
    if await count(ayda, f"SELECT count(*) FROM token_hand_out WHERE athlete_id = {athlete_id}"):  # noqa: S608 - a number
        return "named_in_the_audit"
    return ""


@pytest.mark.parametrize("url", ON, indirect=True)
@pytest.mark.parametrize("rotation", MODES)
@pytest.mark.parametrize("held", [REFRESH, END, AFTER])
async def test_a_refresh_and_a_disconnect_that_meet_leave_no_token_alive(
    url: str, tmp_path: Path, rotation: RotationMode, held: str
):
    world = await asyncio.to_thread(world_on, url, rotation=rotation)
    at, meetings, wrong, waited = 1, 0, Counter[str](), 0
    async with world.running(replace(world.settings, worker_embedded=True)) as ayda:
        while True:
            athlete_id = await ayda.connect()
            world.clock.advance(LIFE_S)
            hold, *answers = await meet(ayda, held, at)
            said = await judged(ayda, world, athlete_id, (answers[0], answers[1]))
            if said:
                wrong[said] += 1
            waited += answers[1].json()["strava"] == "pending"
            meetings += 1
            at += 1
            if at > hold.suspensions:
                break
    report(
        "X10 race", database=url.partition(":")[0], rotation=rotation, held=held, awaits=hold.suspensions,
        meetings=meetings, pending_at_first=waited, wrong=dict(wrong),
    )  # fmt: skip
    assert meetings >= 3
    assert not wrong


async def test_a_hand_out_that_an_erasure_overtakes_gives_nothing_and_names_nobody(tmp_path: Path):
    world = await asyncio.to_thread(world_on, f"sqlite:///{tmp_path / 'bar.db'}")
    async with world.running() as ayda:
        athlete_id = await ayda.connect()
        world.clock.advance(LIFE_S)
        world.strava.refresh_answers.clear()
        asking = asyncio.create_task(ayda.token())
        await world.strava.asked()
        erasing = asyncio.create_task(ayda.http.delete("/api/v1/me", headers=ayda.as_member()))
        async with asyncio.timeout(10):
            members = f"SELECT count(*) FROM member WHERE telegram_id = {MEMBER}"  # noqa: S608 - a number
            while await count(ayda, members):  # noqa: ASYNC110 - the commit has no event to wait for
                await asyncio.sleep(0.01)
        world.strava.refresh_answers.set()
        token, receipt = await asking, await erasing
        assert token.status_code == 404
        assert receipt.json()["strava"] == "revoked"
        assert world.simulator.authorizations.of(athlete_id) is None
        assert await count(ayda, "SELECT count(*) FROM token_hand_out WHERE reason IN ('asked', 'refused')") == 0
        assert await count(ayda, "SELECT count(*) FROM token_hand_out WHERE athlete_id IS NOT NULL") == 0
        audit = Audit(ayda.app.litestar.state["parts"].database, now=ayda.clock.now)
        assert (await audit.verify()).broken_at is None
