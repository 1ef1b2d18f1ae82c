"""Processes with clocks of their own on one count, calls that are under way, and Strava, who counts what comes."""

from __future__ import annotations

import heapq
import itertools
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

import pytest

from kernel.strava.quota import GUARD_S, QUARTER_S, Kind, Limits, Priority, QuotaExhausted
from servicekit.strava.clock import StravaClock
from servicekit.strava.counters import QuotaStore, QuotaStoreDown, RedisQuotaStore
from servicekit.strava.permits import Permit
from servicekit.strava.quota import QuotaLedger
from simulators.strava.application.quota import Quota, RateLimits
from tests.servicekit.test_quota import REDIS
from tests.support_postgres import require_services

MIDNIGHT_S: Final = 1_790_035_200.0
LINES: Final = ("X-Ratelimit-Limit", "X-Ratelimit-Usage", "X-Readratelimit-Limit", "X-Readratelimit-Usage")


@asynccontextmanager
async def opened(kind: str) -> AsyncIterator[QuotaStore]:
    """A store in which nothing has been counted, `memory` or `redis`."""
    if kind == "memory":
        yield QuotaStore()
        return
    store = RedisQuotaStore(REDIS, prefix=f"law-{secrets.token_hex(6)}", timeout_s=30.0)
    try:
        await store.count("there")
        yield store
    except QuotaStoreDown as error:
        if require_services():
            raise
        pytest.skip(f"Redis does not answer: {error}")
    finally:
        await store.close()


class Process:
    """One process; its clock on the wall may be set, and while its machine sleeps its steady clock stands."""

    def __init__(self, town: Town, store: QuotaStore, off_s: float) -> None:
        self.town, self.off_s, self.slept_s = town, off_s, 0.0
        clock = StravaClock(self.wall, self.steady_s)
        self.ledger = QuotaLedger(store, now=self.wall, limits=town.guess, shared=True, clock=clock)

    def wall(self) -> datetime:
        return datetime.fromtimestamp(self.town.now_s + self.off_s, UTC)

    def steady_s(self) -> float:
        return self.town.now_s - self.slept_s - MIDNIGHT_S

    def is_set(self, jump_s: float) -> None:
        self.off_s += jump_s

    async def granted(self, kind: Kind = "read", priority: Priority = Priority.INTERACTIVE) -> Permit | None:
        try:
            return await self.ledger.acquire(kind, priority)
        except QuotaExhausted:
            return None


@dataclass(order=True)
class Call:
    """A call that Strava has not seen yet."""

    at_s: float
    number: int
    kind: Kind = field(compare=False)
    process: Process = field(compare=False)
    asked_at_s: float = field(compare=False)
    """On the steady clock of its process."""
    sent_s: float = field(compare=False)
    after_an_answer: bool = field(compare=False)


class Town:
    """Everybody, and the time at Strava."""

    def __init__(self, store: QuotaStore, limits: RateLimits, offs_s: list[float], now_s: float = MIDNIGHT_S) -> None:
        self.now_s, self.judge = now_s, Quota(limits)
        self.guess = Limits((limits.read_quarter, limits.read_day), (limits.overall_quarter, limits.overall_day))
        self.asked, self.heard = 0, True
        """`heard`: whether an answer has come that tells of everything, since somebody set it to False."""
        self.over: list[Call] = []
        self._under_way: list[Call] = []
        self._order = itertools.count()
        self.processes = [Process(self, store, off_s) for off_s in offs_s]

    async def send(self, process: Process, kind: Kind, under_way_s: float) -> None:
        """A call that was permitted sets out."""
        at_s = self.now_s + under_way_s
        call = Call(at_s, next(self._order), kind, process, process.steady_s(), self.now_s, self.heard)
        heapq.heappush(self._under_way, call)
        self.asked += 1
        await self.passes(0.0)

    async def passes(self, seconds: float) -> None:
        """Time passes, and what is under way arrives and is answered."""
        end_s = self.now_s + seconds
        while self._under_way and self._under_way[0].at_s <= end_s:
            call = heapq.heappop(self._under_way)
            self.now_s = max(self.now_s, call.at_s)
            await self._arrive(call)
        self.now_s = end_s

    def date(self) -> str:
        """As Strava's answers have it."""
        return format_datetime(datetime.fromtimestamp(int(self.now_s), UTC), usegmt=True)

    async def _arrive(self, call: Call) -> None:
        read = call.kind == "read"
        if not self.judge.take(self.now_s, read=read):
            self.over.append(call)
        lines = self.judge.headers(self.now_s, read=read) | {"Date": self.date()}
        await call.process.ledger.observe(lines, asked_at_s=call.asked_at_s)
        # beside a boundary nobody knows of which window it tells, and a write tells nothing of reads
        window = {int(each // QUARTER_S) for each in (call.sent_s - 2 * GUARD_S, self.now_s + 2 * GUARD_S)}
        self.heard = self.heard or (read and len(window) == 1)
