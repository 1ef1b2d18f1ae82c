"""J1: workers and PostgreSQL are killed again and again: no job is lost, none has its effect twice."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from servicekit.data.migrations import upgrade
from servicekit.jobs.queue import LEASE_S, RERUN_WITHIN_S
from simulators.strava.application.fault_menu import PlannedFault
from simulators.strava.application.quota import RateLimits
from simulators.strava.simulator import Simulator
from simulators.strava.web.app import create_app
from tests.ayda.uploads.bench import Bench, files, open_bench
from tests.drills.killed_queue import KilledQueue, kill, start_process
from tests.drills.own_postgres import OwnPostgres, own_postgres
from tests.drills.reporting import DRILL, tell
from tests.drills.upload_worker import quick_queue
from tests.servicekit.strava.support import WallClock
from tests.support_server import LoopbackServer

pytestmark = pytest.mark.system

JOBS = 10_000 if DRILL else 240
KILLS = 100 if DRILL else 4
DATABASE_KILLS = 20 if DRILL else 1
ROUND_S = 3.0 if DRILL else 2.0
# the long form waits as long as production would for the jobs of a killed worker
LEASE = LEASE_S if DRILL else 1.0
UPLOADS = 300 if DRILL else 12
KINDS = ["sqlite", "procrastinate"]


@contextmanager
def place(kind: str, folder: Path) -> Iterator[tuple[str, OwnPostgres | None]]:
    """The URL of an empty database, and its server if it can be killed."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'j1.db'}", None
        return
    with own_postgres() as server:
        yield server.database("j1"), server


@asynccontextmanager
async def killed_queue(url: str, server: OwnPostgres | None) -> AsyncIterator[KilledQueue]:
    queue = KilledQueue(url, LEASE, random.Random(1), server)
    await queue.open()
    try:
        yield queue
    finally:
        await queue.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_no_job_is_lost_or_done_twice_whoever_is_killed(tmp_path: Path, kind: str):
    with place(kind, tmp_path) as (url, server):
        async with killed_queue(url, server) as queue:
            for number in range(KILLS):
                kill_database = (number + 1) % (KILLS // DATABASE_KILLS) == 0
                await queue.round(JOBS // KILLS, ROUND_S, kill_database=kill_database)
            # transactions that were broken off, on purpose or by a kill, have put nothing
            while (missing := JOBS - (await queue.judge()).jobs) > 0:
                await queue.put(missing)
            await queue.finish()
            verdict = await queue.judge()
    longest_s = max(verdict.waits_s)
    tell(
        f"J1, {kind}: {verdict.jobs} jobs, {len(queue.killed_at_s)} workers killed, {len(queue.outages_s)} databases: "
        f"{verdict.lost} lost, {verdict.doubles} double effects; {len(verdict.waits_s)} jobs of killed workers ran "
        f"again, the last {longest_s:.1f} s after the kill (lease {LEASE:.0f} s); "
        f"{len(queue.given_up)} given up after as many kills as a job may have, and replayed; "
        f"{verdict.unexplained} runs without a reason"
    )
    assert verdict.jobs >= JOBS
    assert (verdict.lost, verdict.doubles, verdict.unwanted, verdict.unexplained) == (0, 0, 0, 0)
    assert len(verdict.waits_s) >= KILLS
    assert longest_s <= RERUN_WITHIN_S
    assert queue.left_by_themselves == 0


async def start_worker(bench: Bench, strava_url: str) -> asyncio.subprocess.Process:
    return await start_process("tests.drills.upload_worker", bench.settings.database_url, strava_url)


@asynccontextmanager
async def bench_at(url: str) -> AsyncIterator[Bench]:
    """Uploads in the time of the wall, on the queue production would have; nothing is logged."""
    upgrade("ayda_service", url)
    with structlog.testing.capture_logs():
        async with open_bench(url, clock=WallClock(datetime.now(UTC))) as bench:
            bench.queue = quick_queue(bench.database)
            yield bench


async def kill_again_and_again(
    bench: Bench, strava_url: str, rng: random.Random, server: OwnPostgres | None
) -> tuple[int, int, int]:
    """How many workers died, how many of them while uploads were under way, and how many databases."""
    killed = in_mid_upload = databases = 0
    while killed < KILLS and await bench.count("completed") < UPLOADS:
        worker = await start_worker(bench, strava_url)
        await asyncio.sleep(rng.uniform(0.05, 1.6))
        await kill(worker)
        killed += 1
        in_mid_upload += await bench.count("processing") > 0
        if server is not None and killed % (KILLS // DATABASE_KILLS) == 0:
            await kill_database(bench, strava_url, server)
            databases += 1
    return killed, in_mid_upload, databases


async def kill_database(bench: Bench, strava_url: str, server: OwnPostgres) -> None:
    """Under a worker that lives on."""
    worker = await start_worker(bench, strava_url)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
    await asyncio.sleep(0.5)
    assert worker.returncode is None
    await kill(worker)


async def finish(bench: Bench, strava_url: str) -> float:
    """Seconds from the last kill until all is done."""
    worker, began_s = await start_worker(bench, strava_url), time.monotonic()
    # so long that only what hangs runs into it: how fast jobs run again is the queue's own figure above
    async with asyncio.timeout(300 + 3 * UPLOADS):
        while await bench.count("completed") < UPLOADS:  # noqa: ASYNC110 - a database tells no one
            await asyncio.sleep(0.05)
    await kill(worker)
    return time.monotonic() - began_s


def prepare(simulator: Simulator) -> None:
    simulator.switches.upload_processing_s = 0.5
    # long enough for a kill between the file's arrival and the answer: nobody then knows the upload's id
    simulator.faults.order(PlannedFault("delay", path="/api/v3/uploads", method="POST", count=10**9, seconds=0.4))
    simulator.quota.limits = RateLimits(10**6, 10**6, 10**6, 10**6)


@pytest.mark.parametrize("kind", KINDS)
async def test_each_upload_is_one_activity_however_often_its_worker_is_killed(tmp_path: Path, kind: str):
    with place(kind, tmp_path) as (url, server):
        async with bench_at(url) as bench:
            prepare(bench.simulator)
            athlete_id = await bench.connect()
            for content in files(UPLOADS):
                await bench.put(content)
            with LoopbackServer(create_app(bench.simulator)) as strava:
                kills = await kill_again_and_again(bench, strava.url, random.Random(1), server)
                rest_s = await finish(bench, strava.url)
            rows = (await bench.rows()).values()
            dead = await bench.queue.dead()
    there = {activity.id for activity in bench.simulator.activities_of(athlete_id)}
    sent = sum(entry.method == "POST" for entry in bench.simulator.request_log.matching(path="/api/v3/uploads"))
    lost = sum(row.status != "completed" for row in rows)
    doubles = len(there) - UPLOADS
    tell(
        f"J1, uploads, {kind}: {UPLOADS} uploads, {kills[0]} workers killed, {kills[1]} of them in mid-upload, and "
        f"{kills[2]} databases: {lost} lost, {doubles} doubles, {sent} files sent; the rest took {rest_s:.0f} s"
    )
    assert (lost, doubles, dead) == (0, 0, [])
    assert there == {row.strava_activity_id for row in rows}
    assert kills[1] > 0
