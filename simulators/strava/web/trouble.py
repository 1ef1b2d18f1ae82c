"""The kinds of trouble that can be ordered, and how an answer is given whole, in part, or not at all.

`FAULTS` is the one table of them: the gate goes by it, the admin paths check by it, the page at / shows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import msgspec
from litestar.types import HTTPScope, Message, Receive, Send

from simulators.base.connection import LONGEST_WAIT_S, break_off, is_in_process, say_nothing
from simulators.strava.application.fault_menu import PlannedFault
from simulators.strava.application.refusals import Refusal, application_inactive, rate_limit_exceeded
from simulators.strava.application.request_log import LoggedRequest
from simulators.strava.simulator import Simulator

_HTML: Final = {"Content-Type": "text/html"}
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

    @property
    def limits(self) -> dict[str, str]:
        """The headers of a read as they stand now."""
        return self.simulator.quota.headers(self.simulator.clock.now_s(), read=True)

    async def refuse(self, refusal: Refusal, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        told = {"Content-Type": "application/json; charset=utf-8", **headers}
        await self.answer(refusal.status, msgspec.json.encode(refusal.body()), told)

    async def answer(self, status: int, body: bytes, headers: Mapping[str, str] = _HTML) -> None:
        self.entry.status = status
        raw = raw_headers({**headers, "Content-Length": str(len(body))})
        await self.send({"type": "http.response.start", "status": status, "headers": raw})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})

    async def break_off(self) -> None:
        await break_off(self.scope, self.receive, self.send)

    async def say_nothing(self, seconds: float) -> None:
        await say_nothing(self.scope, self.receive, self.send, seconds)

    async def send_part(self, kept: list[Message], at_byte: int | None) -> None:
        """The first `at_byte` bytes of the answer's body, or half of them, under the length of the whole."""
        self.entry.status = None
        if is_in_process(self.scope):
            raise ConnectionResetError("The simulated Strava cut its answer.")
        body = b"".join(message["body"] for message in kept if message["type"] == "http.response.body")
        part = body[: len(body) // 2 if at_byte is None else at_byte]
        await self.send(kept[0])
        await self.send({"type": "http.response.body", "body": part, "more_body": True})


def raw_headers(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble: what the client meets, and whether the request is carried out.

    `never` unless the order says `after`; `first`, and its answer is cut; `then`, and answered as if nothing had been.
    """

    does: str
    meet: Callable[[Exchange, PlannedFault, list[Message]], Awaitable[None]]
    carried_out: Literal["never", "first", "then"] = "never"


FAULTS: Final = {
    "html": Fault("`status` (503) with an HTML page", lambda met, order, _: met.answer(order.status, _HTML_ERROR)),
    "empty": Fault("`status` (503) with nothing", lambda met, order, _: met.answer(order.status, b"")),
    "rate_limited": Fault(
        "429 without touching the counters", lambda met, *_: met.refuse(rate_limit_exceeded(), met.limits)
    ),
    "inactive": Fault(
        "the 403 of an application whose owner has no subscription", lambda met, *_: met.refuse(application_inactive())
    ),
    "delay": Fault(
        "an ordinary answer after `seconds`",
        lambda _, order, __: asyncio.sleep(min(order.seconds, LONGEST_WAIT_S)),
        "then",
    ),
    "reset": Fault("the connection breaks before any answer", lambda met, *_: met.break_off()),
    "cut": Fault(
        "the answer ends after `at_byte` bytes of its body, or half of it",
        lambda met, order, kept: met.send_part(kept, order.at_byte),
        "first",
    ),
    "blackhole": Fault(
        "silence for `seconds` (120), then the connection breaks",
        lambda met, order, _: met.say_nothing(order.seconds or LONGEST_WAIT_S),
    ),
}
