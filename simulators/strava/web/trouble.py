"""Answers at the level of the connection: whole, in part, or none."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass

import msgspec
from litestar.types import HTTPScope, Message, Receive, Send

from simulators.strava.faults import StravaFault
from simulators.strava.request_log import LoggedRequest

LONGEST_WAIT_S = 120.0
HTML_ERROR = b"<html><head><title>Error</title></head><body><h1>Strava is temporarily unavailable</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on its way through the gate."""

    scope: HTTPScope
    receive: Receive
    send: Send
    entry: LoggedRequest
    transport: asyncio.Transport | None = None
    """The connection itself, if the server shows it."""

    @property
    def in_process(self) -> bool:
        """Without a server there is no connection to break; an exception says it instead."""
        return "spec_version" not in self.scope["asgi"]


def raw_headers(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def keeping(kept: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        kept.append(message)

    return keep


async def answer_fault(entry: LoggedRequest, send: Send, fault: StravaFault, headers: dict[str, str]) -> None:
    body = msgspec.json.encode(fault.body())
    await answer(entry, send, fault.status, body, {"Content-Type": "application/json; charset=utf-8"} | headers)


async def answer(entry: LoggedRequest, send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    entry.status = status
    raw = raw_headers(headers | {"Content-Length": str(len(body))})
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def break_off(exchange: Exchange) -> None:
    """The connection ends before any answer, as far as the server lets go of it.

    ASGI has no word for that. uvicorn's own transport is taken where it is found; another server closes the
    connection when an answer is begun and never completed.
    """
    if exchange.in_process:
        raise ConnectionResetError("The simulated Strava broke the connection.")
    if exchange.transport is not None:
        _reset(exchange.transport)
        return
    headers = [(b"content-length", b"4096")]
    await exchange.send({"type": "http.response.start", "status": 200, "headers": headers})


def transport_of(receive: Receive) -> asyncio.Transport | None:
    """The connection behind uvicorn's own channel; None behind anything else."""
    found = getattr(getattr(receive, "__self__", None), "transport", None)
    return found if isinstance(found, asyncio.Transport) else None


def _reset(transport: asyncio.Transport) -> None:
    line = transport.get_extra_info("socket")
    if line is not None:
        # nothing is to linger: the peer gets a RST and no FIN
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def say_nothing(exchange: Exchange, seconds: float) -> None:
    """Hold the connection until the client leaves it or the time is over, then break it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(min(seconds, LONGEST_WAIT_S)):
            while (await exchange.receive())["type"] != "http.disconnect":
                pass
    await break_off(exchange)


async def send_part(exchange: Exchange, kept: list[Message], at_byte: int | None) -> None:
    """The first `at_byte` bytes of the answer's body, or half of them, under the length of the whole."""
    exchange.entry.status = None
    if exchange.in_process:
        raise ConnectionResetError("The simulated Strava cut its answer.")
    for message in kept:
        if message["type"] == "http.response.start":
            await exchange.send(message)
        elif message["type"] == "http.response.body":
            body = message["body"]
            part = body[: len(body) // 2 if at_byte is None else at_byte]
            await exchange.send({"type": "http.response.body", "body": part, "more_body": True})
            return
