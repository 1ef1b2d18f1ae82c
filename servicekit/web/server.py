"""uvicorn in this process: a socket bound first, an app served on it for the length of a block."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

import uvicorn

from servicekit.web.connections import OpenConnections
from servicekit.web.guarded import Guarded, GuardedConfig
from servicekit.web.limits import Limits

START_TIMEOUT_S: Final = 20.0
_TICKS_PER_S: Final = 10
"""How often uvicorn looks after itself."""


class NotServing(Exception):
    """An app ended before it listened; the log says why."""


class _Server(uvicorn.Server):
    """Leaves the signals to whoever runs it: several share a process. Ends what waits for nothing that comes."""

    def __init__(self, config: GuardedConfig) -> None:
        super().__init__(config)
        self._connections = config.guests
        self._grace_s = config.limits.grace_s

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_PER_S == 0:
            self._connections.sweep()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # a transport that is only closed waits for a reader that may never come
        cut = asyncio.get_running_loop().call_later(self._grace_s, self._connections.cut)
        try:
            await super().shutdown(sockets)
        finally:
            cut.cancel()


def listen(host: str, port: int = 0, limits: Limits | None = None) -> socket.socket:
    """A socket on this port, or a free one: so a service knows its neighbours before they start. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # without the protocol named, asyncio does not recognise TCP and leaves 40 ms of delay in each answer
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # its connections inherit it: the kernel ends those whose other end takes nothing, whatever serves them
        write_idle_ms = round(1000 * (limits or Limits()).write_idle_s)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, write_idle_ms)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


@contextlib.asynccontextmanager
async def serving(
    app: Any,
    listener: socket.socket,
    *,
    limits: Limits | None = None,
    is_proxy: Callable[[str], bool] = lambda _address: False,
    protocol: type[Guarded] | None = None,
) -> AsyncIterator[asyncio.Task[None]]:
    """The app answers within the block; requests under way at its end get the grace of `limits`.

    The task ends before the block only when the server breaks. `is_proxy` says of an address that it stands for many
    visitors. Raises NotServing.
    """
    allowed = limits or Limits()
    server = _Server(_config(app, allowed, is_proxy, protocol or protocol_class()))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await _started(server, task)
        yield task
    finally:
        server.should_exit = True
        await asyncio.wait([task])
        listener.close()


def protocol_class() -> type[Guarded]:
    """The faster parser where there is one."""
    try:
        from servicekit.web.guarded_httptools import GuardedHttpTools  # noqa: PLC0415 - not everywhere
    except ModuleNotFoundError:
        from servicekit.web.guarded_h11 import GuardedH11  # noqa: PLC0415 - only where it is needed

        return GuardedH11
    return GuardedHttpTools


def _config(app: Any, limits: Limits, is_proxy: Callable[[str], bool], protocol: type[Guarded]) -> GuardedConfig:
    return GuardedConfig(
        app,
        limits,
        OpenConnections(limits, time.monotonic, is_proxy),
        http=protocol,
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="on",
        proxy_headers=False,  # the app knows whom it believes, under every server
        backlog=limits.backlog,
        h11_max_incomplete_event_size=limits.head_bytes,
        timeout_keep_alive=limits.keep_alive_s,
        timeout_graceful_shutdown=round(limits.grace_s + limits.cut_s),
    )


async def _started(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(START_TIMEOUT_S):
        while not server.started:
            if task.done():
                await task
                raise NotServing("The server ended before it listened; the log above says why.")
            await asyncio.sleep(0.01)
