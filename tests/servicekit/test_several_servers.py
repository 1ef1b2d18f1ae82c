"""One address with several PostgreSQL servers: whichever takes writes is used, by units of work and by workers."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.data.trouble import DatabaseUnavailable
from servicekit.jobs import Job
from servicekit.jobs.procrastinate.queue import ProcrastinateJobQueue
from servicekit.jobs.procrastinate.store import apply_procrastinate_schema
from servicekit.jobs.queue import Pace
from tests.support_postgres import temporary_database
from tests.system.processes import free_port

pytestmark = pytest.mark.postgres


def lists(url: URL, ports: tuple[int, int]) -> Mapping[str, Any]:
    return {"host": f"{url.host},{url.host}", "port": ",".join(map(str, ports))}


def pairs(url: URL, ports: tuple[int, int]) -> Mapping[str, Any]:
    return {"host": tuple(f"{url.host}:{port}" for port in ports)}


@pytest.fixture
def server() -> Iterator[str]:
    with temporary_database(f"ayda_{uuid7().hex}") as url:
        yield url


@pytest.fixture(params=[lists, pairs])
async def database(request: pytest.FixtureRequest, server: str) -> AsyncIterator[Database]:
    """Of two servers, at the first of which nobody is."""
    url = make_url(server)
    query = {**request.param(url, (free_port(), url.port or 5432)), "target_session_attrs": "read-write"}
    both = url.set(query={**url.query, **query})._replace(host=None, port=None)
    opened = Database(both.render_as_string(hide_password=False))
    yield opened
    await opened.close()


def make(session: Any) -> None:
    session.execute(text("CREATE TABLE made (id integer)"))


async def test_units_of_work_go_to_the_server_that_is_there(database: Database):
    await database.write(make)
    assert await database.read(lambda session: session.scalar(text("SELECT count(*) FROM made"))) == 0


async def test_a_server_that_takes_no_writes_is_none_until_it_does(database: Database, server: str):
    def takes_writes(*, so: bool) -> None:
        with psycopg.connect(server, autocommit=True, options="-c default_transaction_read_only=off") as other:
            other.execute(f'ALTER DATABASE "{make_url(server).database}" SET default_transaction_read_only = {not so}')

    takes_writes(so=False)
    with pytest.raises(DatabaseUnavailable) as refused:
        await database.write(make)
    assert refused.value.kind == "away"
    takes_writes(so=True)
    await database.write(make)


@asynccontextmanager
async def working(database: Database, job: Job) -> AsyncIterator[ProcrastinateJobQueue]:
    """It looks at once and then when it is woken, which needs a connection that listens."""
    with database.engine.begin() as connection:
        apply_procrastinate_schema(connection)
    queue = ProcrastinateJobQueue(database, now=lambda: datetime.now(UTC), pace=Pace(60.0, 60.0, grace_s=0.2))
    worker = asyncio.create_task(queue.work([job]))
    try:
        yield queue
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


async def test_a_worker_works_at_the_server_that_is_there(database: Database):
    ran = asyncio.Event()

    async def ring(_args: object) -> None:
        ran.set()

    async with working(database, Job("ring", ring)) as queue, asyncio.timeout(30):
        await queue.put("ring", {})
        await ran.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="looks at this process's sockets in /proc")
async def test_every_connection_notices_within_half_a_minute_that_its_server_is_silent(database: Database, server: str):
    port = make_url(server).port or 5432
    of_the_test = patience_of_connections_to(port).keys()
    found = asyncio.Future[dict[int, tuple[int, int]]]()

    async def look(_args: object) -> None:
        if not found.done():
            found.set_result(patience_of_connections_to(port))

    async with working(database, Job("look", look)) as queue, asyncio.timeout(30):
        await queue.put("look", {})
        patience = await found
    ours = [each for line, each in patience.items() if line not in of_the_test]
    assert len(ours) > 1, "the worker's, and that of its units of work"
    assert set(ours) == {(30_000, 30)}


def patience_of_connections_to(port: int) -> dict[int, tuple[int, int]]:
    """Of each: how long sent data may stay unanswered, in ms, and how long a resting one may be dead, in s."""
    found = {}
    for entry in list(Path("/proc/self/fd").iterdir()):
        try:
            line = socket.socket(fileno=os.dup(int(entry.name)))
        except OSError:  # no socket, or the folder that is read itself
            continue
        with line, suppress(OSError):
            if line.family == socket.AF_INET and line.getpeername()[1] == port:
                idle, every, times = (
                    line.getsockopt(socket.IPPROTO_TCP, option)
                    for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
                )
                user_ms = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
                found[line.getsockname()[1]] = user_ms, idle + every * times
    return found
