"""In front of several processes of one service: sends each new connection to one that says it is ready; tries once."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import httpx

from tests.system.processes import HOST, free_port

LOOKS_EVERY_S: Final = 0.1
_READY_WITHIN_S: Final = 120.0
_PIECE: Final = 64 * 1024


class Balancer:
    """Passes bytes on as they are: a request that is lost behind it is lost for whoever sent it."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.port = free_port()
        self.ready = set[int]()
        self.refused = 0
        """Connections that nobody took."""
        self._ports = ports
        self._turns = itertools.count()
        self._passing = set[asyncio.Task[None]]()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with httpx.AsyncClient(trust_env=False, timeout=120) as http:
            looking = [asyncio.create_task(self._look(http, port)) for port in self._ports]
            server = await asyncio.start_server(self._take, HOST, self.port)
            try:
                yield
            finally:
                server.close()
                ending = [*looking, *self._passing]
                for task in ending:
                    task.cancel()
                await asyncio.gather(*ending, return_exceptions=True)

    async def until_ready(self, *ports: int) -> None:
        """Returns once these are sent to."""
        async with asyncio.timeout(_READY_WITHIN_S):
            while not self.ready.issuperset(ports):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(LOOKS_EVERY_S)

    async def _look(self, http: httpx.AsyncClient, port: int) -> None:
        while True:
            try:
                is_ready = (await http.get(f"http://{HOST}:{port}/health/ready")).status_code == httpx.codes.OK
            except httpx.HTTPError:
                is_ready = False
            (self.ready.add if is_ready else self.ready.discard)(port)
            await asyncio.sleep(LOOKS_EVERY_S)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        try:
            with contextlib.suppress(asyncio.CancelledError):  # asyncio asks who took it for an exception they have not
                await self._pass(reader, writer)
        finally:
            self._passing.discard(task)
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = sorted(self.ready)
        try:
            there, back = await asyncio.open_connection(HOST, ready[next(self._turns) % len(ready)])
        except (OSError, ZeroDivisionError):
            self.refused += 1
            return
        ways = [asyncio.create_task(_copy(reader, back)), asyncio.create_task(_copy(there, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            back.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
