"""The kinds of trouble that can be ordered, and how an answer is given whole, in part, or not at all.

`FAULTS` is the one table of them: the gate goes by it, the admin paths check by it, the page at / shows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
from litestar.types import HTTPScope, Message, Receive, Send

from simulators.strava.fault_menu import PlannedFault
from simulators.strava.refusals import Refusal, application_inactive, rate_limit_exceeded
from simulators.strava.request_log import LoggedRequest
from simulators.strava.simulator import Simulator

_LONGEST_WAIT_S: Final = 120.0
_HTML_ERROR: Final = (
    b"<html><head><title>Error</title></head><body><h1>Strava is temporarily unavailable</h1></body></html>"
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on its way through the gate."""

    scope: HTTPScope
    receive: Receive
    send: Send
    entry: LoggedRequest
    simulator: Simulator
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


async def refuse(entry: LoggedRequest, send: Send, refusal: Refusal, headers: dict[str, str]) -> None:
    body = msgspec.json.encode(refusal.body())
    await _answer(entry, send, refusal.status, body, {"Content-Type": "application/json; charset=utf-8"} | headers)


async def _answer(entry: LoggedRequest, send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    entry.status = status
    raw = raw_headers(headers | {"Content-Length": str(len(body))})
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _break_off(exchange: Exchange) -> None:
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
    # duck-typed: uvloop's transports are no asyncio.Transport
    found = getattr(getattr(receive, "__self__", None), "transport", None)
    return found if hasattr(found, "abort") else None


def _reset(transport: asyncio.Transport) -> None:
    line = transport.get_extra_info("socket")
    if line is not None:
        # nothing is to linger: the peer gets a RST and no FIN
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _say_nothing(exchange: Exchange, seconds: float) -> None:
    """Hold the connection until the client leaves it or the time is over, then break it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(min(seconds, _LONGEST_WAIT_S)):
            while (await exchange.receive())["type"] != "http.disconnect":
                pass
    await _break_off(exchange)


async def _send_part(exchange: Exchange, kept: list[Message], at_byte: int | None) -> None:
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


async def _html(exchange: Exchange, order: PlannedFault, _kept: list[Message]) -> None:
    await _answer(exchange.entry, exchange.send, order.status, _HTML_ERROR, {"Content-Type": "text/html"})


async def _empty(exchange: Exchange, order: PlannedFault, _kept: list[Message]) -> None:
    await _answer(exchange.entry, exchange.send, order.status, b"", {"Content-Type": "text/html"})


async def _rate_limited(exchange: Exchange, _order: PlannedFault, _kept: list[Message]) -> None:
    headers = exchange.simulator.quota.headers(exchange.simulator.clock.now_s(), read=True)
    await refuse(exchange.entry, exchange.send, rate_limit_exceeded(), headers)


async def _inactive(exchange: Exchange, _order: PlannedFault, _kept: list[Message]) -> None:
    await refuse(exchange.entry, exchange.send, application_inactive(), {})


async def _delay(_exchange: Exchange, order: PlannedFault, _kept: list[Message]) -> None:
    await asyncio.sleep(min(order.seconds, _LONGEST_WAIT_S))


async def _reset_before(exchange: Exchange, _order: PlannedFault, _kept: list[Message]) -> None:
    await _break_off(exchange)


async def _cut(exchange: Exchange, order: PlannedFault, kept: list[Message]) -> None:
    await _send_part(exchange, kept, order.at_byte)


async def _blackhole(exchange: Exchange, order: PlannedFault, _kept: list[Message]) -> None:
    await _say_nothing(exchange, order.seconds or _LONGEST_WAIT_S)


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble: what the client meets, and whether the request is carried out.

    `never` unless the order says `after`; `first`, and its answer is cut; `then`, and answered as if nothing had been.
    """

    does: str
    carried_out: Literal["never", "first", "then"]
    meet: Callable[[Exchange, PlannedFault, list[Message]], Awaitable[None]]


FAULTS: Final = {
    "html": Fault("`status` (503) with an HTML page", "never", _html),
    "empty": Fault("`status` (503) with nothing", "never", _empty),
    "rate_limited": Fault("429 without touching the counters", "never", _rate_limited),
    "inactive": Fault("the 403 of an application whose owner has no subscription", "never", _inactive),
    "delay": Fault("an ordinary answer after `seconds`", "then", _delay),
    "reset": Fault("the connection breaks before any answer", "never", _reset_before),
    "cut": Fault("the answer ends after `at_byte` bytes of its body, or half of it", "first", _cut),
    "blackhole": Fault("silence for `seconds` (120), then the connection breaks", "never", _blackhole),
}
