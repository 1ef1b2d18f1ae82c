"""S2: an outage of the predictor is not multiplied by whoever asks it, and what comes after it is no stampede."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx
import pytest

from ayda_service.predictor.client import PredictorClient
from servicekit.http.errors import UpstreamError
from servicekit.http.lines import LineClient
from servicekit.http.resilience import CircuitBreaker
from tests.drills.fault_proxy import Fault, FaultProxy, answering, closed, reset
from tests.drills.reporting import DRILL, report
from tests.system.processes import HOST, free_port

pytestmark = pytest.mark.system

A_SECOND: Final = 200
CALM_S, AWAY_S, AFTER_S = (5.0, 30.0, 15.0) if DRILL else (0.5, 4.0, 7.0)
MOST_AMPLIFIED: Final = 1.10
RECOVERS_WITHIN_S: Final = 10.0
PEAK: Final = 2.0
NEVER: Final = 10**9
OUTAGES: Final[dict[str, Fault]] = {
    "reset": reset,
    "closed": closed,
    "503": answering("503 Service Unavailable", b"{}"),
}


class Counted(httpx.AsyncHTTPTransport):
    """The wire; remembers when each attempt left."""

    def __init__(self) -> None:
        super().__init__(limits=httpx.Limits(max_connections=50, max_keepalive_connections=20))
        self.left_s: list[float] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.left_s.append(time.monotonic())
        return await super().handle_async_request(request)


@dataclass
class Load:
    """So many questions a second, whatever becomes of those before."""

    predictor: PredictorClient
    asked_s: list[float] = field(default_factory=list)
    failed_s: list[float] = field(default_factory=list)

    async def run(self, seconds: float) -> None:
        begun_s, asking = time.monotonic(), set[asyncio.Task[None]]()
        for number in range(round(seconds * A_SECOND)):
            await asyncio.sleep(max(0.0, begun_s + number / A_SECOND - time.monotonic()))
            task = asyncio.create_task(self._ask())
            asking.add(task)
            task.add_done_callback(asking.discard)
        await asyncio.gather(*asking)

    async def _ask(self) -> None:
        self.asked_s.append(begun_s := time.monotonic())
        try:
            await self.predictor.races()
        except UpstreamError:
            self.failed_s.append(begun_s)


def peak(moments_s: Sequence[float]) -> int:
    """The most in any second of the clock."""
    return max(Counter(int(moment) for moment in moments_s).values(), default=0)


async def well(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A predictor that knows no races; another process's time for its work is no part of the bar."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        head = b""
        while b"Connection: close" not in head:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"races":[]}')
            await writer.drain()
    writer.close()


@asynccontextmanager
async def between(breaker: CircuitBreaker | None) -> AsyncIterator[tuple[FaultProxy, Counted, Load]]:
    """ayda's client, and between it and a predictor a wire that breaks."""
    port, listening, counted = free_port(), free_port(), Counted()
    wire, callee = FaultProxy(port, listening), await asyncio.start_server(well, HOST, port)
    url = f"http://{HOST}:{listening}"
    client = PredictorClient(LineClient(url, "predictor", transport=counted, internal=True, breaker=breaker))
    async with wire.running():
        try:
            yield wire, counted, Load(client)
        finally:
            await client.close()
            callee.close()


@pytest.mark.parametrize("breaks", [True, False], ids=["with the breaker", "with the budget alone"])
@pytest.mark.parametrize("kind", list(OUTAGES) if DRILL else ["reset", "503"])
async def test_an_outage_is_not_multiplied_and_ends_without_a_stampede(kind: str, breaks: bool):
    async with between(None if breaks else CircuitBreaker(NEVER)) as (wire, counted, load):
        await load.run(CALM_S)
        calm_failed, sent, asked, seen = len(load.failed_s), len(counted.left_s), len(load.asked_s), wire.connections
        wire.deal([OUTAGES[kind]])
        await load.run(AWAY_S)
        sent, asked, seen = len(counted.left_s) - sent, len(load.asked_s) - asked, wire.connections - seen
        wire.deal(())
        healed_s = time.monotonic()
        await load.run(AFTER_S)
    back_s = max((each - healed_s for each in load.failed_s), default=0.0)
    stampede = peak([each for each in counted.left_s if each >= healed_s])
    offered = peak([each for each in load.asked_s if each >= healed_s])
    report(
        "S2", outage=kind, breaker=breaks, asked=asked, attempts=sent, at_the_callee=seen,
        amplification=f"{sent / asked:.3f}", recovered_s=round(max(0.0, back_s), 1), peak=f"{stampede} of {offered}",
    )  # fmt: skip
    assert calm_failed == 0
    assert seen <= sent <= MOST_AMPLIFIED * asked
    assert load.failed_s, "the outage was not noticed, so nothing was shown"
    assert len(counted.left_s) > sent, "nobody asked again"
    if DRILL:  # a busy machine asks late, and then for two seconds in one
        assert stampede <= PEAK * offered
        assert back_s <= RECOVERS_WITHIN_S
