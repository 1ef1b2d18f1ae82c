"""J7: the worker is killed again and again while a long past is read: it ends complete, and little is read twice."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from predictor_service.athletes.store import AthleteStore
from predictor_service.models import JOBS
from predictor_service.sync.schedule import SyncSchedule
from predictor_service.sync.store import SyncStore
from servicekit.base.clock import utc_now
from servicekit.data.database import Database
from servicekit.data.migrations import upgrade
from servicekit.jobs import SqlJobQueue
from simulators.strava.application.quota import RateLimits
from simulators.strava.simulator import Simulator
from simulators.strava.web.app import create_app
from tests.drills.killed_queue import kill, start_process
from tests.support_server import LoopbackServer

MEMBER: Final = "123456"
PER_PAGE: Final = 200
DEAD_FOR_S: Final = 240.0
"""Longer than any lease, and than an overdue sync is left to its own job."""
STANDSTILL_S: Final = 120.0
MANY: Final = RateLimits(10**6, 10**6, 10**6, 10**6)


@dataclass
class Backfill:
    """One athlete with a long past, a database, and a Strava that counts what is read."""

    url: str
    simulator: Simulator
    strava_url: str
    portion: int
    strava_id: int
    ahead_s: float = 0.0

    def connect(self, database: Database) -> UUID:
        now = utc_now()
        queue = SqlJobQueue(database, JOBS, now=utc_now)
        with database.transaction() as session:
            store = AthleteStore(session)
            athlete = store.find_or_create(MEMBER, now)
            store.set_strava_id(athlete.id, self.strava_id, now)
            SyncSchedule(queue, utc_now).start(session, athlete.id)
            return athlete.id

    async def worker(self) -> asyncio.subprocess.Process:
        now_s = utc_now().timestamp()
        code = self.simulator.authorizations.consent(self.strava_id, ("read", "activity:read_all"), now_s)
        access = self.simulator.authorizations.exchange(code, now_s).access
        token = {"access_token": access.token, "athlete_id": self.strava_id, "scope": "read,activity:read_all"}
        told = (self.url, self.strava_url, str(self.ahead_s), str(self.portion), json.dumps(token))
        return await start_process("tests.drills.sync_worker", *told)

    def requests(self) -> int:
        """How many were made so far; counted without reading them, as that is asked all the time."""
        return self.simulator.request_log.count

    def reads(self) -> tuple[int, int, int]:
        """Pages of the list, reads of streams, and of how many activities."""
        asked = [entry for entry in self.simulator.request_log.matching("GET", "/api/v3") if entry.status == 200]
        streams = [entry.path for entry in asked if entry.path.endswith("/streams")]
        return sum(entry.path.endswith("/athlete/activities") for entry in asked), len(streams), len(set(streams))


@contextmanager
def backfill(folder: Path, activities: int, portion: int) -> Iterator[Backfill]:
    url = f"sqlite:///{folder / 'j7.db'}"
    upgrade("predictor_service", url)
    simulator = Simulator(seed=7, limits=MANY)
    athlete = simulator.add_athlete(activities=activities, history_days=1500.0, specials=False)
    with LoopbackServer(create_app(simulator)) as strava:
        yield Backfill(url, simulator, strava.url, portion, athlete)


async def _read_so_far(database: Database, athlete_id: UUID) -> tuple[str, int, int]:
    """The state, and how many activities are known and read."""
    row = await database.read(lambda session: SyncStore(session).state(athlete_id))
    assert row is not None
    return row.status, row.activities_known, row.activities_read


@pytest.mark.system
async def test_a_past_is_read_once_whoever_is_killed(tmp_path: Path, drill: bool, figure: Callable[[str], None]):
    activities, kills, portion, most_between = (3000, 30, 100, 150) if drill else (60, 3, 25, 15)
    chance, progress = random.Random(7), [0]
    with backfill(tmp_path, activities, portion) as past:
        database = Database(past.url)
        athlete_id = past.connect(database)
        for _ in range(kills):
            worker, before, begun_s = await past.worker(), past.requests(), time.monotonic()
            enough = before + chance.randint(2, most_between)
            while past.requests() < enough and worker.returncode is None:  # noqa: ASYNC110 - a log tells no one
                await asyncio.sleep(0.005)
            # at any moment of a read: one that is only ever struck before it can be kept would always be lost
            await asyncio.sleep(chance.uniform(0.0, (time.monotonic() - begun_s) / (enough - before)))
            await kill(worker)
            past.ahead_s += DEAD_FOR_S
            progress.append((await _read_so_far(database, athlete_id))[2])
        await _finish(past, database, athlete_id)
        status, known, read = await _read_so_far(database, athlete_id)
        await database.close()
        pages, streams, distinct = past.reads()
    needed = distinct + ceil(activities / PER_PAGE) + 1
    extra = pages + streams - needed
    figure(
        f"J7: {kills} kills while {known} activities were read: {status}, {read} read, {needed} reads needed, "
        f"{extra} more ({extra / needed:.2%}); the list took {pages}"
    )
    assert (status, read) == ("success", known)
    assert distinct == known > 0.9 * activities
    assert progress == sorted(progress), "progress never goes back"
    assert extra <= (0.01 * needed if drill else kills)


async def _finish(past: Backfill, database: Database, athlete_id: UUID) -> None:
    """Lets a last worker live until everything is read."""
    worker = await past.worker()
    try:
        seen, still_s = past.requests(), 0.0
        while still_s < STANDSTILL_S:
            await asyncio.sleep(0.2)
            status, known, read = await _read_so_far(database, athlete_id)
            if status == "success" and read == known:
                return
            still_s = 0.0 if past.requests() != seen else still_s + 0.2
            seen = past.requests()
    finally:
        await kill(worker)
