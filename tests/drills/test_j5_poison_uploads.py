"""J5: uploads that fail for a reason of their own end in the dead letters, and the others hardly notice."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from ayda_service.uploads.jobs import replay_upload
from kernel.strava.uploads import AT_ONCE
from simulators.strava.application.quota import RateLimits
from tests.ayda.uploads.bench import Bench, files
from tests.drills.reporting import DRILL, tell
from tests.drills.uploads_world import MARKS, SLACK_S, quiet_bench
from tests.servicekit.strava.support import Clock

pytestmark = [getattr(pytest.mark, mark) for mark in MARKS]

UPLOADS = 1000 if DRILL else 200
POISONED = 0.01
"""Of the uploads; each of the ways below gets its share, one at least."""


def poison(bench: Bench, contents: list[bytes], numbers: dict[int, str]) -> None:
    """Strava answers 500 for some of the files, and breaks the connection for others."""
    names = {bench.external_id(contents[number]).encode(): way for number, way in numbers.items()}

    def instead(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST":
            return None
        way = next((way for name, way in names.items() if name in request.content), None)
        if way == "reset":
            raise httpx.ReadError("reset", request=request)
        return None if way is None else httpx.Response(500, html="<h1>Oops</h1>")

    bench.road.instead = instead


class TogetherAsleep:
    """Sleep in one virtual time: it moves to the first who wakes, when all who may run sleep or nobody else stirs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wakes: list[datetime] = []

    async def __call__(self, seconds: float) -> None:
        wake = self._clock.now() + timedelta(seconds=seconds)
        self._wakes.append(wake)
        stirs_until_s = time.monotonic() + 0.3
        while self._clock.now() < wake:
            if len(self._wakes) >= AT_ONCE or time.monotonic() > stirs_until_s:
                self._clock.at = max(self._clock.at, min(self._wakes))
                stirs_until_s = time.monotonic() + 0.3
            await asyncio.sleep(0.001)
        self._wakes.remove(wake)


async def minutes_of_the_good(bench: Bench, good: set[UUID]) -> float:
    rows = await bench.rows()
    began = min(row.created_at for row in rows.values())
    ended = [row.completed_at for key, row in rows.items() if key in good and row.completed_at is not None]
    assert len(ended) == len(good)
    return (max(ended) - began) / timedelta(minutes=1)


async def run(folder: Path, numbers: dict[int, str]) -> tuple[float, int, int]:
    """Minutes until the good ones were done, dead letters, dead letters after one replay when the poison is gone."""
    async with quiet_bench(folder) as bench:
        # the quota must not be what decides how fast uploads are
        bench.simulator.quota.limits = RateLimits(10**6, 10**6, 10**6, 10**6)
        athlete_id = await bench.connect()
        contents = list(files(UPLOADS))
        ids = [await bench.put(content) for content in contents]
        poison(bench, contents, numbers)
        async with bench.working(bench.another_job(TogetherAsleep(bench.clock))):
            await bench.until_over(slack_s=SLACK_S)
        bad = {ids[number] for number in numbers}
        minutes = await minutes_of_the_good(bench, set(ids) - bad)
        dead = await bench.dead()
        assert {UUID(job.args["upload_id"]) for job in dead} == bad
        assert all(row.sent >= 5 for key, row in (await bench.rows()).items() if key in bad)
        bench.road.instead = lambda _request: None
        for job in dead:
            assert await replay_upload(bench.database, bench.queue, job)
        async with bench.working():
            await bench.until_over(slack_s=SLACK_S)
        assert len(bench.simulator.activities_of(athlete_id)) == UPLOADS
        return minutes, len(dead), len(await bench.dead())


async def test_poison_is_isolated_and_the_others_go_on(tmp_path_factory: pytest.TempPathFactory):
    alone_in, beside_in = tmp_path_factory.mktemp("alone"), tmp_path_factory.mktemp("beside")
    each = max(1, int(UPLOADS * POISONED / 2))
    numbers = {7 + 5 * n: way for way, start in (("500", 0), ("reset", each)) for n in range(start, start + each)}
    alone, _none, _left = await run(alone_in, {})
    beside, dead, left = await run(beside_in, numbers)
    throughput = alone / beside * (UPLOADS - len(numbers)) / UPLOADS
    tell(
        f"J5: {len(numbers)} poisonous of {UPLOADS} uploads: the others' throughput {100 * throughput:.1f} % "
        f"({alone:.1f} min alone, {beside:.1f} beside), {dead} dead letters, {left} after one replay"
    )
    assert throughput >= 0.95
    assert (dead, left) == (len(numbers), 0)
