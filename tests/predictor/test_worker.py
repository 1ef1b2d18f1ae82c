from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import pytest

from predictor_service.settings import Settings
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.in_process import EmbeddedWorker, WorkerStopped
from tests.predictor.support import Predictor, assert_problem, running


class BreakingQueue:
    """Breaks once, works for good the second time."""

    def __init__(self) -> None:
        self.tries = 0
        self.stopped = False

    async def work(self, _jobs: Sequence[Job]) -> None:
        self.tries += 1
        if self.tries == 1:
            raise ConnectionError("the database went away")
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped = True


def worker(queue: BreakingQueue, restart_s: float) -> EmbeddedWorker:
    return EmbeddedWorker(cast("JobQueue", queue), [], restart_s=restart_s)


async def test_a_worker_that_broke_is_started_again_and_stopped_at_the_end():
    queue = BreakingQueue()
    mended = worker(queue, restart_s=0)
    async with mended.running():
        for _ in range(5):
            await asyncio.sleep(0)
        await mended.check()
    assert (queue.tries, queue.stopped) == (2, True)


async def test_a_broken_worker_says_so_until_it_works_again():
    broken = worker(BreakingQueue(), restart_s=60)
    async with broken.running():
        for _ in range(3):
            await asyncio.sleep(0)
        with pytest.raises(WorkerStopped):
            await broken.check()


async def test_a_service_with_its_worker_is_ready_and_runs_jobs(settings: Settings, now: datetime):
    ran = asyncio.Event()

    async def run(_args: Mapping[str, Any]) -> None:
        ran.set()

    async with running(replace(settings, worker_embedded=True), lambda: now) as predictor:
        assert (await predictor.http.get("/health/ready")).json()["checks"] == ["database", "imports", "worker"]
        parts = predictor.app.litestar.state.parts
        side = asyncio.create_task(parts.queue.work([Job("a_test", run)]))
        await parts.queue.put("a_test", {})
        async with asyncio.timeout(10):
            await ran.wait()
        side.cancel()
        await asyncio.gather(side, return_exceptions=True)


async def test_a_connection_waits_as_a_job_until_someone_works(predictor: Predictor):
    await predictor.connected("42", 12345)
    await predictor.connected("42", 12345)
    stats = await predictor.app.litestar.state.parts.queue.stats()
    assert stats.by_name == {"sync_athlete": 1}
    assert 'jobs{state="ready"} 1.0' in (await predictor.http.get("/metrics")).text


async def test_an_unmigrated_database_stops_the_start_with_a_sentence(settings: Settings, now: datetime, tmp_path: Any):
    empty = replace(settings, database_url=f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(RuntimeError, match="migrate"):
        async with running(empty, lambda: now):
            pass


async def test_a_service_without_neighbours_serves_all_the_same(predictor: Predictor):
    assert_problem(await predictor.http.post("/strava/sync?athlete_id=12345"), 404, "athlete_not_found")
