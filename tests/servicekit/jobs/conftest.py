from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from servicekit.data.columns import new_metadata, uuid7
from servicekit.data.database import Database
from servicekit.jobs import Job, JobQueue, SqlJobQueue, job_table
from servicekit.jobs.procrastinate.queue import ProcrastinateJobQueue
from servicekit.jobs.procrastinate.store import apply_procrastinate_schema
from servicekit.jobs.queue import Pace
from tests.support_postgres import temporary_database

METADATA = new_metadata()
TABLE = job_table(METADATA, about=("name", "number"))
LEASE_S = 1.0


def utc_now() -> datetime:
    return datetime.now(UTC)


def open_queue(kind: str, database: Database, pace: str = "quick") -> JobQueue:
    """The adapter of that kind: quick enough for tests, with the pace of production, or one that waits to be woken."""
    if pace == "production":
        if kind == "procrastinate":
            return ProcrastinateJobQueue(database, now=utc_now)
        return SqlJobQueue(database, TABLE, now=utc_now)
    poll_s = 0.02 if pace == "quick" else 60
    if kind == "procrastinate":
        return ProcrastinateJobQueue(database, now=utc_now, pace=Pace(LEASE_S, poll_s, grace_s=0.2))
    return SqlJobQueue(database, TABLE, now=utc_now, pace=Pace(LEASE_S, poll_s, grace_s=0.2))


@dataclass(slots=True)
class Bench:
    kind: str
    url: str
    database: Database
    queue: JobQueue

    @asynccontextmanager
    async def working(self, *jobs: Job) -> AsyncIterator[None]:
        """A worker for the length of the block."""
        worker = asyncio.create_task(self.queue.work(jobs))
        try:
            yield
        finally:
            worker.cancel()
            await asyncio.wait([worker])
        assert worker.cancelled(), worker.exception()

    async def until(self, holds: Callable[[], bool], within_s: float = 60) -> None:
        """Returns as soon as the condition holds, fails when it does not in time."""
        async with asyncio.timeout(within_s):
            while not holds():  # noqa: ASYNC110 - what is awaited is a plain condition
                await asyncio.sleep(0.005)

    async def until_idle(self) -> None:
        """Returns when no job waits or runs."""
        async with asyncio.timeout(60):
            while (stats := await self.queue.stats()).ready or stats.delayed or stats.running:  # noqa: ASYNC110 - a database tells no one
                await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """Drawing tracebacks takes longer than the retries these tests time."""
    with structlog.testing.capture_logs():
        yield


KINDS = [
    "sql-sqlite",
    pytest.param("sql-postgres", marks=pytest.mark.postgres),
    pytest.param("procrastinate", marks=pytest.mark.postgres),
]


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    kind: str = request.param
    if kind == "sql-sqlite":
        yield kind, f"sqlite:///{tmp_path}/jobs.sqlite3"
        return
    with temporary_database(f"ayda_{uuid7().hex}") as url:
        yield kind, url


@pytest.fixture
async def bench(place: tuple[str, str]) -> AsyncIterator[Bench]:
    kind, url = place
    database = Database(url)
    with database.engine.begin() as connection:
        (apply_procrastinate_schema if kind == "procrastinate" else METADATA.create_all)(connection)
    yield Bench(kind, url, database, open_queue(kind, database))
    await database.close()
