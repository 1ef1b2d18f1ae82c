"""A PostgreSQL that has fallen silent, without a word and without a reset: a cut ends the waiting, and it recovers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.engine import make_url

from servicekit.data.database import Database
from servicekit.data.patience import UnitPatience, waiting
from servicekit.data.trouble import DatabaseUnavailable
from tests.servicekit.data.conftest import METADATA, PARENT, PATIENCE_S, add, ids

pytestmark = pytest.mark.postgres


class Line:
    """Carries bytes between clients and the server until it is told to lose them."""

    def __init__(self, host: str, port: int) -> None:
        self._server = host, port
        self._open = asyncio.Event()
        self._open.set()
        self._tasks = set[asyncio.Task[None]]()
        self._ends = list[asyncio.StreamWriter]()

    def silence(self) -> None:
        self._open.clear()

    def speak(self) -> None:
        self._open.set()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
            self.speak()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for end in self._ends:
                end.close()
            await asyncio.gather(*(end.wait_closed() for end in self._ends), return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.append(writer)
        with contextlib.suppress(OSError):
            theirs, ours = await asyncio.open_connection(*self._server)
            self._ends.append(ours)
            for ends in ((reader, ours), (theirs, writer)):
                self._tasks.add(asyncio.create_task(self._carry(*ends)))

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(65_536):
                await self._open.wait()
                sink.write(piece)
                await sink.drain()
        sink.close()


async def test_units_over_a_line_that_fell_silent_end_and_the_next_ones_after_it_succeed(postgres_url: str):
    direct = Database(postgres_url)
    METADATA.create_all(direct.engine)
    url = make_url(postgres_url)
    line = Line(url.host or "127.0.0.1", url.port or 5432)
    async with line.listening() as port:
        database = Database(url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False), pool_size=3)
        await asyncio.gather(*(database.write(add(number)) for number in range(3)))
        line.silence()
        with waiting(UnitPatience(0.3, 0.3)):
            for _ in range(2):  # connections that are there, and those that cannot be made
                async with asyncio.timeout(PATIENCE_S):
                    told = await asyncio.gather(
                        *(database.write(add(number)) for number in range(10, 16)), return_exceptions=True
                    )
                assert all(isinstance(each, DatabaseUnavailable) for each in told), told
        line.speak()
        async with asyncio.timeout(PATIENCE_S):
            await database.write(add(100))
        assert await ids(direct, PARENT) == [0, 1, 2, 100]
        await database.close()
    await direct.close()
