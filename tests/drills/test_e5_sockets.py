"""E5: half-sent headers and answers nobody reads, against the services as they are started, under each server."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.drills.edge_house import SERVERS, EdgeHouse, ServerKind, watching
from tests.drills.places import on_sqlite
from tests.drills.reporting import DRILL, report
from tests.system.processes import killed_at_the_end
from tests.system.strangers import SERVERS as PARSERS
from tests.system.strangers import Server as Parser
from tests.system.strangers import crowd, tiny_service

pytestmark = pytest.mark.system

CROWDS = (300, 2_000) if DRILL else (60,)
WATCHED_S = 25.0 if DRILL else 2.0
DEAF = 200 if DRILL else 20
LARGE = b"GET /large HTTP/1.1\r\nHost: a.example\r\n\r\n"


@asynccontextmanager
async def ayda_alone(folder: Path, server: ServerKind) -> AsyncIterator[EdgeHouse]:
    """A house of which only ayda runs."""
    with on_sqlite(folder) as (place, _):
        house = EdgeHouse(folder, server, place)
        with killed_at_the_end(house.ayda):
            await asyncio.to_thread(house.ayda.migrate)
            await asyncio.to_thread(house.ayda.start)
            yield house


async def newcomer(http: httpx.AsyncClient) -> None:
    """An honest visitor with a connection of their own."""
    assert (await http.get("/health/live", headers={"Connection": "close"})).status_code == 200


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("size", CROWDS)
async def test_half_sent_headers_keep_nobody_out(tmp_path: Path, server: ServerKind, size: int):
    async with ayda_alone(tmp_path, server) as house:
        before = house.ayda.log_bytes()
        async with watching(house.ayda, newcomer) as seen:
            with contextlib.ExitStack() as stack:
                await asyncio.to_thread(stack.enter_context, crowd(size, house.ayda.port))
                await asyncio.sleep(WATCHED_S)
        grown = house.ayda.log_bytes() - before
    report(
        "E5",
        server=server,
        half_sent=size,
        asked=len(seen.latencies_s),
        failed=seen.failed,
        p50_ms=round(1000 * seen.percentile_s(0.5), 1),
        p99_ms=round(1000 * seen.percentile_s(0.99), 1),
        log_bytes=grown,
    )
    assert seen.failed == 0
    assert grown < 100_000


@pytest.mark.parametrize("server", PARSERS)
def test_who_never_reads_does_not_hold_a_stop(tmp_path: Path, server: Parser):
    """With the limits that the services have; the fast form shortens the grace."""
    limits: dict[str, object] = {} if DRILL else {"grace_s": 1, "cut_s": 1, "write_idle_s": 3}
    with tiny_service(server, tmp_path, connections_per_address=1000, **limits) as running:
        with crowd(DEAF, running.port, LARGE):
            time.sleep(1)
            took_s = running.stop()
        said = len(running.said())
    report("E5", server=server, deaf=DEAF, stopped_after_s=round(took_s, 1), log_bytes=said)
    assert said < 100_000
