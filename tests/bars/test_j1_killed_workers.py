"""J1: workers are killed in the middle of uploads, again and again: none is lost, none is there twice."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from strava_sim.fault_menu import PlannedFault
from strava_sim.quota import RateLimits
from strava_sim.web.app import create_app
from tests.ayda.uploads.bench import Bench, files
from tests.bars.reporting import DRILL, tell
from tests.bars.upload_worker import quick_queue
from tests.bars.uploads_world import MARKS, bench_on_the_clock
from tests.servicekit.strava.support import Clock
from tests.support_server import LoopbackServer

pytestmark = [pytest.mark.system, *(getattr(pytest.mark, mark) for mark in MARKS)]

UPLOADS = 300 if DRILL else 12
KILLS = 100 if DRILL else 4
ROOT = Path(__file__).parents[2]


class WallClock(Clock):
    def now(self) -> datetime:
        return datetime.now(UTC)


async def start_worker(bench: Bench, strava_url: str) -> asyncio.subprocess.Process:
    """A worker that has begun to work."""
    command = [sys.executable, "-m", "tests.bars.upload_worker", bench.settings.database_url, strava_url]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"works\n"
    return process


async def kill(process: asyncio.subprocess.Process) -> None:
    process.kill()
    await process.wait()


async def kill_again_and_again(bench: Bench, strava_url: str, rng: random.Random) -> int:
    """How many workers died while uploads were under way."""
    in_mid_upload = 0
    for _ in range(KILLS):
        worker = await start_worker(bench, strava_url)
        await asyncio.sleep(rng.uniform(0.05, 1.6))
        await kill(worker)
        in_mid_upload += await bench.count("processing") > 0
        if await bench.count("completed") == UPLOADS:
            break
    return in_mid_upload


async def finish(bench: Bench, strava_url: str) -> float:
    """Seconds from the last kill until all is done."""
    worker, began_s = await start_worker(bench, strava_url), time.monotonic()
    async with asyncio.timeout(60 + UPLOADS):
        while await bench.count("completed") < UPLOADS:  # noqa: ASYNC110 - a database tells no one
            await asyncio.sleep(0.05)
    await kill(worker)
    return time.monotonic() - began_s


async def test_each_upload_is_one_activity_however_often_its_worker_is_killed(tmp_path: Path):
    async with bench_on_the_clock(tmp_path, WallClock()) as bench:
        simulator = bench.simulator
        bench.queue = quick_queue(bench.database)
        simulator.uploads.processing_s = 0.5
        # long enough for a kill between the file's arrival and the answer: nobody then knows the upload's id
        simulator.faults.order(PlannedFault("delay", path="/api/v3/uploads", method="POST", count=10**9, seconds=0.4))
        simulator.quota.limits = RateLimits(10**6, 10**6, 10**6, 10**6)
        athlete_id = await bench.connect()
        for content in files(UPLOADS):
            await bench.put(content)
        with LoopbackServer(create_app(simulator)) as server:
            in_mid_upload = await kill_again_and_again(bench, server.url, random.Random(1))
            rest_s = await finish(bench, server.url)
        rows = (await bench.rows()).values()
        there = {activity.id for activity in simulator.activities_of(athlete_id)}
        sent = sum(entry.method == "POST" for entry in simulator.request_log.matching(path="/api/v3/uploads"))
        lost = sum(row.status != "completed" for row in rows)
        doubles = len(there) - UPLOADS
        tell(
            f"J1, uploads: {UPLOADS} uploads, {KILLS} workers killed, {in_mid_upload} of them in mid-upload: "
            f"{lost} lost, {doubles} doubles, {sent} files sent; the rest took {rest_s:.0f} s"
        )
        assert (lost, doubles) == (0, 0)
        assert there == {row.strava_activity_id for row in rows}
        assert in_mid_upload > 0
        assert await bench.queue.dead() == []
