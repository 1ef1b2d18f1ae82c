"""A Strava that answers by a script, and one client of it on a clock that its own waits move."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from kernel.strava.quota import Limits, Priority
from servicekit.base.correlation import DEADLINE_AT_S
from servicekit.http.response import ApiResponse
from servicekit.strava.access import Access, Retries
from servicekit.strava.client import Patience, StravaClient, strava_http
from servicekit.strava.clock import StravaClock
from servicekit.strava.counters import QuotaStore
from servicekit.strava.outages.store import SqlOutage
from servicekit.strava.outages.watch import Outage, Pause, doubling
from servicekit.strava.quota import QuotaLedger
from tests.servicekit.strava.support import Clock

LOST = 0
"""In a script: no answer at all."""
ACTIVITY = "/activities/7"
SIMPLEST = "/athlete"


def fault(resource: str, name: str, code: str) -> bytes:
    return json.dumps({"message": "no", "errors": [{"resource": resource, "field": name, "code": code}]}).encode()


BODIES = {
    401: fault("Athlete", "access_token", "invalid"),
    403: fault("Application", "Status", "Inactive"),
    404: fault("Activity", "", "not found"),
    429: fault("Application", "rate limit", "exceeded"),
}


@dataclass
class ScriptedStrava(httpx.AsyncBaseTransport):
    """Answers each path by its script, statuses in order; 200 where there is none or it has ended."""

    clock: Clock
    scripts: dict[str, Iterator[int]] = field(default_factory=dict)
    good_tokens: set[str] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    named: list[bool] = field(default_factory=list)
    """Of each request whether it was in somebody's name."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v3")
        self.asked.append((path, self.clock.now()))
        self.named.append("authorization" in request.headers)
        await self.gate.wait()
        status = next(self.scripts.get(path, iter(())), 200)
        if self.good_tokens is not None and request.headers.get("authorization") not in self.good_tokens:
            status = 401
        if status == LOST:
            raise httpx.ReadError("lost", request=request)
        return httpx.Response(status, content=BODIES.get(status, b"{}"), headers=self.headers)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@dataclass
class One:
    """One process's client of Strava, and what it was given."""

    clock: Clock
    strava: ScriptedStrava
    client: StravaClient
    quota: QuotaLedger
    outage: Outage
    slept: list[float]
    fetched: list[bool] = field(default_factory=list)

    def access(self) -> Access:
        async def fetch(*, force: bool) -> str:
            self.fetched.append(force)
            return f"token-{len(self.fetched)}"

        return Access(fetch)

    async def ask(self, path: str = ACTIVITY, **options: Any) -> ApiResponse:
        named = {"access": self.access(), "method": "GET", "priority": Priority.INTERACTIVE, **options}
        return await self.client.ask(named.pop("access"), named.pop("method"), path, **named)

    async def permits(self) -> int:
        return (await self.quota.status()).requests_day


def one_client(
    clock: Clock,
    strava: ScriptedStrava,
    *,
    shared: SqlOutage | None = None,
    pause: Pause = doubling,
    retries: Retries | None = None,
    jitter: Callable[[], float] = lambda: 0.0,
    steady_s: Callable[[], float] | None = None,
) -> One:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)
        ends_at_s = DEADLINE_AT_S.get()
        if ends_at_s is not None:  # our caller's patience is counted on another clock
            DEADLINE_AT_S.set(ends_at_s - seconds)
        await asyncio.sleep(0)

    told = StravaClock(clock.now, steady_s)
    quota = QuotaLedger(QuotaStore(), now=clock.now, limits=Limits((1000, 10_000), (2000, 20_000)), clock=told)
    outage = Outage(clock.now, shared, pause=pause)
    client = StravaClient(
        strava_http("http://strava.test/api/v3", now=clock.now, transport=strava),
        quota,
        outage,
        retries=retries,
        patience=Patience(clock.now, sleep, jitter),
    )
    return One(clock, strava, client, quota, outage, slept)
