"""J9: the house is replaced under load, the code of before and of now side by side, and no request is lost.

As `docs/operate.md` says under Upgrade: the migration first, while everybody serves; then one process after the other.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from cli.demo.client import MEMBER, Visitor
from kernel.strava.webhooks import path_secret
from tests.ayda.webhooks.support import event
from tests.drills.edge_house import KEY, SERVERS, VERIFY_TOKEN, ServerKind
from tests.drills.house_trouble import own_redis
from tests.drills.reporting import DRILL, report
from tests.drills.rolling_house import PLACES, SERVICES, RollingHouse
from tests.support_postgres import temporary_database
from tests.system.processes import Process, free_port, killed_at_the_end
from trackfiles.drawn import draw_course

pytestmark = [pytest.mark.system, pytest.mark.postgres]

WANTED = 50_000 if DRILL else 100
AT_MOST_S = 900.0
"""The long form ends with what it has done by then."""
AT_ONCE = 6
PAUSE_S = 0.0 if DRILL else 0.2
"""In the short form those who start have a processor to do so."""
A_CONNECTION = (1, 1, 25)
"""Requests, of one asker after the other: who comes anew meets a closed door, who stays a connection that ends."""
DRAINED_WITHIN_S = 10.0
WRITERS_WAIT_S = 0.2
SLOWEST_START_OF_A_QUIET_MACHINE_S = 2.0
GROWN = """
INSERT INTO athlete (id, telegram_id, strava_athlete_id, connected_at, created_at)
SELECT gen_random_uuid(), (9000000000 + n)::text, 900000000 + n, now(), now() FROM generate_series(1, 100000) n;
INSERT INTO history_import
  (id, athlete_id, digest, status, files_total, files_read, added, duplicates, dropped, created_at)
SELECT gen_random_uuid(), id, 'd', 'done', 0, 0, 0, 0, '{}', now() FROM athlete
"""
"""What a migration of a large club has to read."""

RIGHT = {"token": (200, "access_token"), "profile": (200, "{"), "webhook": (200, ""), "prediction": (201, "times_s")}
Act = Callable[[httpx.AsyncClient, dict[str, str]], Awaitable[httpx.Response]]


@dataclass
class Load:
    """People and services that ask all the time and never twice; `failed` tells what was not answered as it should."""

    house: RollingHouse
    visitor: Visitor
    route_id: str
    athlete_id: int
    over: asyncio.Event = field(default_factory=asyncio.Event)
    answered: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    told_to_wait: Counter[str] = field(default_factory=Counter)
    """Refusals that say when to come again: what a machine without time for its work says."""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def run(self) -> None:
        await asyncio.gather(*(self._ask_on(A_CONNECTION[asker % len(A_CONNECTION)]) for asker in range(AT_ONCE)))

    async def until(self, answered: int) -> None:
        while self.answered < answered:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)

    async def _ask_on(self, of_a_connection: int) -> None:
        acts: list[Act] = [self.token, self.profile, self.webhook, self.prediction]
        async with httpx.AsyncClient(trust_env=False, timeout=120) as http:
            for turn, number in enumerate(self._numbers, 1):
                if self.over.is_set():
                    return
                last = {"Connection": "close"} if turn % of_a_connection == 0 else {}
                await self._count(acts[number % len(acts)], http, last)
                await asyncio.sleep(PAUSE_S)

    async def _count(self, act: Act, http: httpx.AsyncClient, last: dict[str, str]) -> None:
        try:
            answer = await act(http, last)
            wrong, waits = _wrong(act.__name__, answer), "retry-after" in answer.headers
        except httpx.HTTPError as error:
            wrong, waits = type(error).__name__, False
        self.answered += 1
        if wrong:
            (self.told_to_wait if waits else self.failed)[f"{act.__name__}: {wrong}"] += 1

    async def token(self, http: httpx.AsyncClient, last: dict[str, str]) -> httpx.Response:
        url = f"{self.house.front['ayda'].url}/api/internal/strava/token?telegram_id={MEMBER.id}"
        return await http.get(url, headers={"X-API-Key": KEY, **last})

    async def profile(self, http: httpx.AsyncClient, last: dict[str, str]) -> httpx.Response:
        url = f"{self.house.front['ayda'].url}/api/v1/profile"
        return await http.get(url, headers={**self.visitor.as_member(), **last})

    async def webhook(self, http: httpx.AsyncClient, last: dict[str, str]) -> httpx.Response:
        url = f"{self.house.front['ayda'].url}/webhooks/strava/{path_secret(VERIFY_TOKEN)}"
        told = event(self.athlete_id, 16_000_000_000 + next(self._numbers))
        return await http.post(url, json=told, headers=last)

    async def prediction(self, http: httpx.AsyncClient, last: dict[str, str]) -> httpx.Response:
        url = f"{self.house.front['ayda'].url}/api/v1/predictions"
        headers = {**self.visitor.as_member(), **last}
        return await http.post(url, json={"gpx_file_id": self.route_id}, headers=headers)


def _wrong(act: str, answer: httpx.Response) -> str:
    """Nothing for the answer that it should be."""
    if answer.status_code != RIGHT[act][0]:
        told = re.search(r'"code":"(\w+)"', answer.text)
        return f"{answer.status_code} {told[1] if told else answer.text[:200]}"
    return "" if RIGHT[act][1] in answer.text else "another answer"


async def arrive(house: RollingHouse, visitor: Visitor) -> Load:
    """A member who is connected and has a course."""
    athlete_id = await visitor.create_athlete(5)
    await visitor.connect(athlete_id)
    route = await visitor.upload_route(draw_course(6_000))
    return Load(house, visitor, route.id, athlete_id)


async def roll(house: RollingHouse, load: Load) -> tuple[float, int]:
    """The upgrade as it is written down, then again and again; how long writers waited, and how many were stopped."""
    await load.until(WANTED // 10)
    waited_s = await house.upgrade()
    begun, rounds = time.monotonic(), 0
    while rounds == 0 or (load.answered < WANTED and time.monotonic() - begun < AT_MOST_S):
        for place in PLACES:
            await house.replace(place)
            await load.until(load.answered + WANTED // 10)
        rounds += 1
    return waited_s, rounds * len(PLACES) * len(SERVICES)


@pytest.mark.parametrize("server", SERVERS if DRILL else ("granian",))
async def test_a_house_that_is_replaced_under_load_loses_no_request(tmp_path: Path, server: ServerKind):
    with ExitStack() as stack:
        name = uuid.uuid4().hex[:12]
        urls = {each: stack.enter_context(temporary_database(f"ayda_j9_{each}_{name}")) for each in SERVICES}
        redis = stack.enter_context(own_redis(tmp_path))
        strava = Process(("sim", "strava"), free_port(), {"OPENBLAS_NUM_THREADS": "1"}, tmp_path, "/")
        stack.enter_context(killed_at_the_end(strava))
        begun = time.monotonic()
        await asyncio.to_thread(strava.start)
        # long enough for a balancer to look on a machine that is as slow as this one is now
        slow = (time.monotonic() - begun) / SLOWEST_START_OF_A_QUIET_MACHINE_S
        notice_s = min(60.0, 2.0 * max(1.0, slow))
        house = RollingHouse(tmp_path, server, urls, notice_s, strava, redis_url=None if redis is None else redis.url)
        async with house.running_before():
            visitor = Visitor(house.stage)
            load = await arrive(house, visitor)
            if DRILL:
                with psycopg.connect(urls["predictor"]) as connection:
                    connection.execute(GROWN)
            asking, started = asyncio.create_task(load.run()), time.monotonic()
            waited_s, stopped = await roll(house, load)
            load.over.set()
            await asking
            await visitor.aclose()
    report(
        "J9",
        server=server,
        requests=load.answered,
        failed=dict(load.failed),
        told_to_wait=dict(load.told_to_wait),
        per_s=round(load.answered / (time.monotonic() - started)),
        stopped=stopped,
        notice_s=round(notice_s, 1),
        drained_s=round(max(house.drains_s), 1),
        writers_waited_ms=round(1000 * waited_s),
    )
    assert not load.failed
    assert load.answered >= WANTED
    if DRILL:
        assert not load.told_to_wait
        assert max(house.drains_s) <= DRAINED_WITHIN_S
        assert waited_s < WRITERS_WAIT_S
