"""A try that ends anywhere, and is then repeated, leaves one activity."""

from __future__ import annotations

import asyncio
import contextlib

import httpx
import pytest

from tests.ayda.uploads.bench import Bench, files


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
