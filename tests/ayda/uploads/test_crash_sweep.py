"""A try that ends anywhere, and is then repeated, leaves one activity."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update

from ayda_service.models import JOB_TABLE
from ayda_service.uploads.attempt import SLOT
from ayda_service.uploads.jobs import ABANDONED, replay_upload
from ayda_service.uploads.models import UploadSlot
from ayda_service.uploads.service import UploadService
from ayda_service.uploads.store import UploadStore
from servicekit.jobs.embedded.table import RUNNING
from servicekit.jobs.queue import MAX_CRASHES
from tests.ayda.uploads.bench import MEMBER, Bench, files


class Killed(BaseException):
    """The process is gone: no handler sees it."""


class Death:
    """Comes at the n-th step: a request that leaves, an answer that arrives, or a wait."""

    def __init__(self, bench: Bench, at: int) -> None:
        self._bench = bench
        self._left = at
        bench.road.instead = self._leaving
        bench.road.loses = self._arriving

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Killed

    def _leaving(self, _request: httpx.Request) -> None:
        self._step()

    def _arriving(self, _request: httpx.Request) -> bool:
        self._step()
        return False

    async def sleep(self, seconds: float) -> None:
        self._step()
        self._bench.clock.advance(seconds)


async def finish_and_judge(bench: Bench, athlete_id: int) -> None:
    bench.road.instead, bench.road.loses = (lambda _request: None), (lambda _request: False)
    bench.clock.advance(1)
    async with bench.working():
        await bench.until_over()
    (row,) = (await bench.rows()).values()
    (activity,) = bench.simulator.activities_of(athlete_id)
    assert (row.status, row.strava_activity_id) == ("completed", activity.id)


# send, then two questions: three requests with two steps each, and two waits
@pytest.mark.parametrize("at", range(1, 9))
async def test_a_process_that_dies_at_any_step_leaves_one_activity(bench: Bench, at: int):
    athlete_id = await bench.connect()
    upload_id = await bench.put(files(1)[0])
    death = Death(bench, at)
    with pytest.raises(Killed):
        await bench.another_job(death.sleep).run({"upload_id": str(upload_id)})
    await finish_and_judge(bench, athlete_id)


@pytest.mark.parametrize("turns", [*range(1, 30, 2), 40, 60, 90, 130])
async def test_a_worker_that_is_stopped_at_any_moment_leaves_one_activity(bench: Bench, turns: int):
    athlete_id = await bench.connect()
    upload_id = await bench.put(files(1)[0])
    running = asyncio.create_task(bench.another_job().run({"upload_id": str(upload_id)}))
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await finish_and_judge(bench, athlete_id)


async def crash_for_the_last_time(bench: Bench) -> UUID:
    """The upload's worker dies in the middle of it, as four did before."""
    upload_id = await bench.put(files(1)[0])
    death = Death(bench, 5)
    with pytest.raises(Killed):
        await bench.another_job(death.sleep).run({"upload_id": str(upload_id)})
    bench.road.instead, bench.road.loses = (lambda _request: None), (lambda _request: False)
    now = bench.clock.now()
    with bench.database.transaction() as session:
        # the death above freed the slot, as a kill would not
        assert UploadStore(session).take_slot(upload_id, 1, now=now, until=now + SLOT)
        crashed = {"status": RUNNING, "crashes": MAX_CRASHES - 1, "lease_until": now - timedelta(seconds=1)}
        session.execute(update(JOB_TABLE).values(crashed))
    assert (await bench.row(upload_id)).status == "processing"
    return upload_id


async def held_slots(bench: Bench) -> int:
    with bench.database.reading() as session:
        held = select(func.count()).select_from(UploadSlot).where(UploadSlot.upload_id.is_not(None))
        return int(session.execute(held).scalar_one())


async def until_failed(bench: Bench, upload_id: UUID) -> None:
    async with bench.working(), asyncio.timeout(10):
        while (await bench.row(upload_id)).status != "failed":  # noqa: ASYNC110 - a database tells no one
            await asyncio.sleep(0.01)


async def test_an_upload_that_took_five_workers_down_is_a_dead_letter_and_says_so(bench: Bench):
    athlete_id = await bench.connect()
    upload_id = await crash_for_the_last_time(bench)
    await until_failed(bench, upload_id)
    row = await bench.row(upload_id)
    assert (row.error_message, row.retry_at, await held_slots(bench)) == (ABANDONED, None, 0)
    assert row.strava_upload_id is not None
    (dead,) = await bench.dead()
    assert dead.args == {"upload_id": str(upload_id)}
    assert await replay_upload(bench.database, bench.queue, dead)
    await finish_and_judge(bench, athlete_id)
    assert await bench.dead() == []


async def test_a_worker_that_wakes_up_after_the_upload_was_given_up_changes_nothing(bench: Bench):
    athlete_id = await bench.connect()
    frozen, woken = asyncio.Event(), asyncio.Event()

    async def freeze(seconds: float) -> None:
        bench.clock.advance(seconds)
        frozen.set()
        await woken.wait()

    upload_id = await bench.put(files(1)[0])
    running = asyncio.create_task(bench.another_job(freeze).run({"upload_id": str(upload_id)}))
    await frozen.wait()
    with bench.database.transaction() as session:
        UploadStore(session).abandon(upload_id, ABANDONED)
    woken.set()
    await running
    row = await bench.row(upload_id)
    assert (row.status, row.error_message) == ("failed", ABANDONED)
    assert len(bench.simulator.activities_of(athlete_id)) == 1


async def test_a_member_who_asks_again_for_an_upload_that_was_given_up_leaves_no_dead_letter(bench: Bench):
    athlete_id = await bench.connect()
    upload_id = await crash_for_the_last_time(bench)
    await until_failed(bench, upload_id)
    service = UploadService(
        bench.database, bench.queue, automatic=False, consent_url="http://localhost/consent", now=bench.clock.now
    )
    asked = await service.request(MEMBER, str((await bench.row(upload_id)).activity_id))
    assert (asked.status, asked.error_message) == ("pending", None)
    assert await bench.dead() == []
    await finish_and_judge(bench, athlete_id)
