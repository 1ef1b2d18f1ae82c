"""What has to be ended at Strava is ended, whatever happens between the commit and the answer."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from ayda_service.keys.rewrap import Rewrap
from ayda_service.me.store import ReceiptStore
from ayda_service.settings import Settings
from ayda_service.strava.models import Revocation
from servicekit.base.vault import Vault
from servicekit.strava.tokens.seals import TokenSeals
from tests.ayda.support import MEMBER, Ayda, World, eventually
from tests.service_database import ON_POSTGRES

K1, K2 = bytes(range(32)), bytes(32)


async def rows(ayda: Ayda, statement: str) -> list[Any]:
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return list(session.execute(text(statement)).all())


async def arguments(ayda: Ayda, name: str) -> list[dict[str, Any]]:
    """Those of the jobs of this kind that wait."""
    if ON_POSTGRES:
        found = await rows(ayda, f"SELECT args->'args' FROM procrastinate_jobs WHERE task_name = '{name}'")  # noqa: S608 - our own name
        return [row[0] for row in found]
    found = await rows(ayda, f"SELECT args FROM job WHERE name = '{name}'")  # noqa: S608 - our own name
    return [json.loads(row[0]) for row in found]


async def leave(ayda: Ayda, method: str, path: str) -> dict[str, Any]:
    answer = await ayda.http.request(method, path, headers=ayda.as_member())
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_request_that_dies_after_the_commit_is_finished_by_the_job(
    world: World, settings: Settings, with_worker: Settings
):
    async with world.running(settings) as ayda:
        athlete_id = await ayda.connect()
        world.strava.gate.clear()
        leaving = asyncio.create_task(leave(ayda, "DELETE", "/api/v1/me"))
        await eventually(lambda: ("/oauth/revoke", "") in world.strava.requests)
        leaving.cancel()
        await asyncio.wait([leaving])
        world.strava.down = True
        world.strava.gate.set()
        assert await rows(ayda, "SELECT * FROM member") == []
    assert world.simulator.authorizations.of(athlete_id) is not None
    world.strava.down = False
    world.clock.advance(31)
    async with world.running(with_worker) as ayda:
        await eventually(lambda: world.simulator.authorizations.of(athlete_id) is None)


async def test_no_job_carries_what_an_erasure_cannot_find(ayda: Ayda):
    athlete_id = await ayda.connect()
    ayda.strava.down = True
    await leave(ayda, "POST", "/api/v1/strava/disconnect")
    (args,) = await arguments(ayda, "revoke_at_strava")
    assert set(args) == {"revocation_id"}
    assert await rows(ayda, f"SELECT 1 FROM strava_revocation WHERE athlete_id = {athlete_id}")  # noqa: S608 - a number


async def test_who_is_erased_while_a_former_athlete_waits_for_strava_is_told_of_that_too(
    world: World, settings: Settings, with_worker: Settings
):
    async with world.running(settings) as ayda:
        former, present = await ayda.connect(), await ayda.connect()
        world.strava.down = True
        receipt = await leave(ayda, "DELETE", "/api/v1/me")
        assert receipt["strava"] == "pending"
        found = await rows(ayda, "SELECT member_id FROM strava_revocation")
        assert [row[0] for row in found] == [None, None]
    world.strava.down = False
    world.clock.advance(120)
    async with world.running(with_worker) as ayda:
        async with asyncio.timeout(20):
            while await rows(ayda, "SELECT 1 FROM strava_revocation"):  # noqa: ASYNC110 - a plain condition
                await asyncio.sleep(0.02)
        path = f"/api/v1/me/erasures/{receipt['id']}"
        shown = (await ayda.http.get(path, headers=ayda.as_member(MEMBER))).json()
    assert shown["strava"] == "revoked"
    assert [world.simulator.authorizations.of(each) for each in (former, present)] == [None, None]


async def test_tokens_that_wait_for_strava_move_to_a_new_key_with_all_others(
    world: World, settings: Settings, with_worker: Settings
):
    async with world.running(settings) as ayda:
        athlete_id = await ayda.connect()
        world.strava.down = True
        await leave(ayda, "POST", "/api/v1/strava/disconnect")
        vault = Vault({"k2": K2, "k1": K1})
        rewrap = Rewrap(ayda.app.litestar.state["parts"].database, vault, TokenSeals(vault, now=world.clock.now))
        assert (await rewrap.run()).rows == 1
        assert await rewrap.in_use() == {"k2": 2}
    world.strava.down = False
    world.clock.advance(120)
    async with world.running(replace(with_worker, vault=Vault({"k2": K2}))):
        await eventually(lambda: world.simulator.authorizations.of(athlete_id) is None)


async def test_where_one_token_does_not_open_the_others_are_revoked_and_the_receipt_is_honest(ayda: Ayda):
    athlete_id = await ayda.connect()
    spoilt = text("UPDATE strava_token SET refresh_sealed = :sealed")
    with ayda.app.litestar.state["parts"].database.transaction() as session:
        session.execute(spoilt, {"sealed": json.dumps(["v1.k1.01234567." + "A" * 60])})
    receipt = await leave(ayda, "POST", "/api/v1/strava/disconnect")
    assert receipt["strava"] == "given_up"
    assert ayda.simulator.authorizations.of(athlete_id) is None, "the access token ended it all the same"


async def test_who_is_erased_while_strava_is_asked_for_tokens_is_not_made_a_member_again(
    world: World, with_worker: Settings
):
    async with world.running(with_worker) as ayda:
        athlete_id = world.simulator.add_athlete()
        back = await ayda.consent(await ayda.begin(), athlete_id)
        world.strava.gate.clear()
        connecting = asyncio.create_task(ayda.http.get(back))
        await eventually(lambda: ("/oauth/token", "authorization_code") in world.strava.requests)
        await leave(ayda, "DELETE", "/api/v1/me")
        world.strava.gate.set()
        answer = await connecting
        assert (answer.status_code, "Start again" in answer.text) == (400, True)
        assert await rows(ayda, "SELECT * FROM member") == []
        await eventually(lambda: world.simulator.authorizations.of(athlete_id) is None)


async def test_of_two_revocations_that_settle_at_once_the_later_one_writes_the_receipt(ayda: Ayda):
    await ayda.connect()
    await ayda.connect()
    ayda.strava.down = True
    receipt = await leave(ayda, "DELETE", "/api/v1/me")
    database = ayda.app.litestar.state["parts"].database
    first_is_there, both_are_there = threading.Event(), threading.Event()

    def settle(session: Session, row: Revocation) -> None:
        ReceiptStore(session).settle_strava(row.id, "revoked", ayda.clock.now())
        first_is_there.set()
        both_are_there.wait(timeout=120)
        session.execute(delete(Revocation).where(Revocation.id == row.id))

    with database.reading() as session:
        one, other = list(session.scalars(select(Revocation)))
    settling = [asyncio.create_task(database.write(partial(settle, row=one)))]
    await asyncio.to_thread(first_is_there.wait, 10)
    settling.append(asyncio.create_task(database.write(partial(settle, row=other))))
    await asyncio.sleep(0.2)
    both_are_there.set()
    await asyncio.gather(*settling)
    path = f"/api/v1/me/erasures/{receipt['id']}"
    assert (await ayda.http.get(path, headers=ayda.as_member())).json()["strava"] == "revoked"
