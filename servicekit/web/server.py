"""HTTP servers in this process: a socket bound first, an app served on it for the length of a block."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import uvicorn

START_TIMEOUT_S: Final = 20.0


class NotServing(Exception):
    """An app ended before it listened; the log says why."""


class _Server(uvicorn.Server):
    """Leaves the signals to whoever runs it: several share a process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int = 0) -> socket.socket:
    """A socket on this port, or a free one: so a service knows its neighbours before they start. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # without the protocol named, asyncio does not recognise TCP and leaves 40 ms of delay in each answer
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


@contextlib.asynccontextmanager
async def serving(
    app: Any, listener: socket.socket, *, grace_s: int | None = None, trusted_proxies: str = "127.0.0.1"
) -> AsyncIterator[asyncio.Task[None]]:
    """The app answers within the block; requests under way at its end get `grace_s`, or all the time they need.

    The task ends before the block only when the server breaks. Raises NotServing.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        forwarded_allow_ips=trusted_proxies,
        timeout_graceful_shutdown=grace_s,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await _started(server, task)
        yield task
    finally:
        server.should_exit = True
        await asyncio.wait([task])
        listener.close()


async def _started(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(START_TIMEOUT_S):
        while not server.started:
            if task.done():
                await task
                raise NotServing("The server ended before it listened; the log above says why.")
            await asyncio.sleep(0.01)
