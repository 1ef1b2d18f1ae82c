"""Q1, Q4: two services in four processes on one Redis, killed as they ask; Strava counts.

Time passes only while nobody asks, so that a call is counted at the moment it was permitted, whatever the machine does.
"""

from __future__ import annotations

import asyncio
import json
import random
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from kernel.strava.quota import GUARD_S, Priority
from simulators.strava.application.quota import DAY_S, QUARTER_S, Quota, RateLimits
from tests.drills.house_trouble import own_redis
from tests.drills.killed_queue import kill, start_process
from tests.drills.reporting import DRILL

MIDNIGHT_S: Final = 1_790_035_200.0
SERVICES: Final = ("ayda", "ayda", "predictor", "predictor")
WISHES: Final = {
    "ayda": [("upload", Priority.WEBHOOK), ("upload", Priority.INTERACTIVE), ("read", Priority.INTERACTIVE)],
    "predictor": [("read", priority) for priority in Priority],
}
KILLED: Final = 0.001 if DRILL else 0.002
"""Of processes that ask at once: a new one takes a second to start."""
NOT_USED: Final = 0.05
NOT_HEARD: Final = 0.1


@dataclass(frozen=True)
class App:
    """What Strava allows, up to how many calls a process wants at once, and how long the refused wait, on average."""

    limits: RateLimits
    most_at_once: int
    pause_s: float


NEW: Final = App(RateLimits(200, 2000, 100, 1000), most_at_once=4, pause_s=120.0)
LARGE: Final = App(RateLimits(6_000, 60_000, 3_000, 30_000), most_at_once=60, pause_s=1_800.0)
"""As for ten thousand athletes. The processes begin with the guess of a new app and learn otherwise."""


class Asking:
    """One process, what it has asked for and which answers of Strava it has not heard yet."""

    def __init__(self, service: str, process: Process, off_s: float) -> None:
        self.service, self.process, self.off_s = service, process, off_s
        self.seen: list[Any] = []
        self.asked: list[tuple[str, Priority, bool]] | None = None
        """None of one that has just begun, and has no order yet."""

    def order(self, now_s: float, wishes: list[tuple[str, Priority, bool]]) -> None:
        assert self.process.stdin is not None
        self.asked = wishes
        line = {"now_s": now_s, "ask": wishes, "seen": self.seen}
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.seen = []

    async def told(self) -> list[bool | float]:
        assert self.process.stdout is not None
        found: list[bool | float] = json.loads(await self.process.stdout.readline())
        return found


class Town:
    """Four processes, and Strava, who counts."""

    def __init__(self, redis_url: str, app: App, chance: random.Random) -> None:
        self.redis_url, self.app, self.chance = redis_url, app, chance
        self.now_s, self.judge = MIDNIGHT_S, Quota(app.limits)
        self.asked = self.over = self.kills = self.refused = 0
        self.processes: list[Asking] = []

    async def open(self) -> None:
        self.processes = list(await asyncio.gather(*map(self._start, SERVICES)))

    async def _start(self, service: str) -> Asking:
        off_s = self.chance.uniform(-GUARD_S, GUARD_S)
        arguments = (service, self.redis_url, str(off_s))
        return Asking(service, await start_process("tests.drills.quota_process", *arguments, stdin=PIPE), off_s)

    async def close(self) -> None:
        for each in self.processes:
            await kill(each.process)

    async def turn(self) -> None:
        """All ask at once; whoever is killed meanwhile has asked for nothing. Then time passes."""
        for each in self.processes:
            wishes = self.chance.choices(WISHES[each.service], k=self.chance.randint(0, self.app.most_at_once))
            each.order(self.now_s, [(*wish, self.chance.random() >= NOT_USED) for wish in wishes])
        struck = [each for each in self.processes if self.chance.random() < KILLED]
        for each in struck:
            # somewhere between the first count and the last
            await asyncio.sleep(self.chance.uniform(0, 0.005))
            await kill(each.process)
            self.kills += 1
            self.processes[self.processes.index(each)] = await self._start(each.service)
        again_s: list[float] = []
        for each in self.processes:
            if each.asked is not None:
                again_s += self._use(each, each.asked, await each.told())
        self.now_s = self._next_s(again_s)

    def _use(self, each: Asking, asked: list[tuple[str, Priority, bool]], told: list[bool | float]) -> list[float]:
        """Calls Strava with every permit; when those who got none may ask again."""
        for (kind, _, use), granted in zip(asked, told, strict=True):
            if granted is not True or not use:
                continue
            self.asked += 1
            self.over += not self.judge.take(self.now_s, read=kind == "read")
            if self.chance.random() >= NOT_HEARD:
                each.seen.append([self.judge.headers(self.now_s, read=kind == "read"), self.now_s])
        refused = [at_s for at_s in told if at_s is not True]
        self.refused += len(refused)
        return refused

    def _next_s(self, again_s: list[float]) -> float:
        if not again_s:
            return self.now_s + self.chance.expovariate(1 / 15)
        edge_s = (self.now_s // QUARTER_S + 1) * QUARTER_S
        if self.chance.random() < 0.3:
            # exactly when told, and around every boundary
            return max(self.now_s, min(*again_s, edge_s + self.chance.uniform(-3, 3)))
        return self.now_s + self.chance.expovariate(1 / self.app.pause_s)


@asynccontextmanager
async def town(folder: Path, app: App) -> AsyncIterator[Town]:
    with own_redis(folder) as redis:
        if redis is None:
            pytest.skip("there is no redis-server to run")
        made = Town(redis.url, app, random.Random(4))
        try:
            await made.open()
            yield made
        finally:
            await made.close()


@pytest.mark.system
async def test_processes_of_both_services_never_pass_a_limit_whoever_is_killed(
    tmp_path: Path, drill: bool, figure: Callable[[str], None]
):
    days = 30.0 if drill else 0.25
    async with town(tmp_path, NEW) as here:
        while here.now_s < MIDNIGHT_S + days * DAY_S:
            await here.turn()
    figure(
        f"Q1: 2 services in 4 processes on one Redis, {days:g} days, {here.kills} kills: {here.asked} calls, "
        f"{here.refused} wishes refused, {here.over} over a limit"
    )
    assert here.asked > 900 * days
    assert here.refused > 0, "who is never refused never came near a limit"
    assert here.over == 0


@pytest.mark.system
async def test_nor_do_they_in_a_million_calls_of_a_large_app(
    tmp_path: Path, drill: bool, figure: Callable[[str], None]
):
    calls = 10**6 if drill else 8_000
    async with town(tmp_path, LARGE) as here:
        while here.asked < calls:
            await here.turn()
    figure(
        f"Q1: 2 services in 4 processes on one Redis, a large app, {(here.now_s - MIDNIGHT_S) / DAY_S:.1f} days, "
        f"{here.kills} kills: {here.asked} calls, {here.refused} wishes refused, {here.over} over a limit"
    )
    assert here.refused > 0, "who is never refused never came near a limit"
    assert here.over == 0
