"""E5: what ten minutes of trouble write into the logs, and that what happened can still be read there."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Coroutine
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.drills.edge_house import SERVERS, EdgeHouse, ServerKind, as_member, stranger, visiting
from tests.drills.own_postgres import OwnPostgres
from tests.drills.places import Places, on_postgres, on_sqlite
from tests.drills.reporting import DRILL, report

pytestmark = pytest.mark.system

LASTS_S = 600.0 if DRILL else 8.0
EVERY_S = 0.05
BOUND_BYTES_PER_S = 4_000
"""Of one kind of trouble, with the requests that are answered all the same; of all kinds: test_repeats.py."""
SETTLED_BYTES = 60_000
"""The first lines of each kind, tracebacks included."""


async def trouble(url: str, ask: Callable[[httpx.AsyncClient], Coroutine[Any, Any, httpx.Response]]) -> tuple[int, int]:
    """Twenty requests a second for as long as it lasts: how many there were and how many of them failed."""
    answers: list[asyncio.Task[httpx.Response]] = []
    async with visiting(url) as http:
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # each brings their own
        end = time.monotonic() + LASTS_S
        while time.monotonic() < end:
            answers.append(asyncio.create_task(ask(http)))
            await asyncio.sleep(EVERY_S)
        done = await asyncio.gather(*answers)
    return len(done), sum(answer.status_code in {500, 502, 503, 504} for answer in done)


def told(log: Path, since: int) -> int:
    """How often the log says that something was said again."""
    lines = log.read_bytes()[since:].decode().splitlines()
    return sum(json.loads(line).get("repeated", 0) for line in lines if line.startswith("{"))


async def asks_the_predictor(http: httpx.AsyncClient) -> httpx.Response:
    return await http.get("/api/v1/profile", headers=as_member(stranger()))


async def asks_the_database(http: httpx.AsyncClient) -> httpx.Response:
    return await http.get("/api/v1/strava/status", headers=as_member(stranger()))


async def comes_back_from_strava(http: httpx.AsyncClient) -> httpx.Response:
    headers = {"X-Forwarded-For": f"198.51.100.{stranger() % 256}", "Accept": "application/json"}
    begun = await http.get("/api/v1/strava/auth", headers=as_member(stranger()) | headers)
    if begun.status_code != 200:
        return begun
    state = parse_qs(urlsplit(begun.json()["authorization_url"]).query)["state"][0]
    back = {"state": state, "code": secrets.token_hex(20), "scope": "read,activity:read_all"}
    cookie = "; ".join(f"{name}={value}" for name, value in begun.cookies.items())
    return await http.get("/api/v1/strava/callback", params=back, headers=headers | {"Cookie": cookie})


AWAY: Final = {
    "predictor": asks_the_predictor,
    "strava": comes_back_from_strava,
    "database": asks_the_database,
}


ALL: Final = [(server, away) for server in SERVERS for away in AWAY]
FAST: Final[list[tuple[ServerKind, str]]] = [("uvicorn", "predictor"), ("granian", "database")]


@pytest.mark.parametrize(("server", "away"), ALL if DRILL else FAST)
async def test_an_outage_is_told_and_does_not_fill_the_disk(tmp_path: Path, server: ServerKind, away: str):
    places: Places = on_postgres if away == "database" else on_sqlite
    with places(tmp_path) as (place, databases):
        house = EdgeHouse(tmp_path, server, place, with_strava=away == "strava")
        async with house.running():
            since = house.ayda.log_bytes()
            _take_away(house, away, databases)
            asked, failed = await trouble(house.ayda.url, AWAY[away])
            house.ayda.stop(60)
    grown, counted = house.ayda.log_bytes() - since, told(house.ayda.log, since)
    report("E5", server=server, away=away, asked=asked, failed=failed, log_bytes=grown, counted=counted)
    assert failed > 0.9 * asked
    assert grown < SETTLED_BYTES + BOUND_BYTES_PER_S * LASTS_S
    assert counted > 0


def _take_away(house: EdgeHouse, away: str, databases: list[OwnPostgres]) -> None:
    if away == "database":
        databases[0].kill()
    else:
        (house.predictor if away == "predictor" else house.strava).kill()
