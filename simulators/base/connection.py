"""A connection that ends before its answer, as far as ASGI and the server allow it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Final

from litestar.types import HTTPScope, Receive, Send

LONGEST_WAIT_S: Final = 120.0


def is_in_process(scope: HTTPScope) -> bool:
    """Without a server there is no connection to break; an exception says it instead."""
    return "spec_version" not in scope["asgi"]


async def break_off(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """The connection ends before any answer. Raises ConnectionResetError in process.

    ASGI has no word for that. uvicorn's own transport is taken where it is found, through its own `receive`; another
    server closes the connection when an answer is begun and never completed.
    """
    if is_in_process(scope):
        raise ConnectionResetError("The simulator broke the connection.")
    transport = _transport_of(receive)
    if transport is not None:
        _reset(transport)
        return
    headers = [(b"content-length", b"4096")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def say_nothing(scope: HTTPScope, receive: Receive, send: Send, seconds: float) -> None:
    """Hold the connection until the client leaves it or the time is over, then break it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(min(seconds, LONGEST_WAIT_S)):
            while (await receive())["type"] != "http.disconnect":
                pass
    await break_off(scope, receive, send)


def _transport_of(receive: Receive) -> asyncio.Transport | None:
    """The connection behind uvicorn's own channel; None behind anything else."""
    # duck-typed: uvloop's transports are no asyncio.Transport
    found = getattr(getattr(receive, "__self__", None), "transport", None)
    return found if hasattr(found, "abort") else None


def _reset(transport: asyncio.Transport) -> None:
    line = transport.get_extra_info("socket")
    if line is not None:
        # nothing is to linger: the peer gets a RST and no FIN
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
