"""EDGE: who asks too much is refused, and whoever is honest at the same address is not."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from tests.drills.edge_house import (
    EACH_HOUSE,
    HOST,
    KEY,
    SERVERS,
    EdgeHouse,
    ServerKind,
    as_member,
    connection,
    stranger,
    visiting,
)
from tests.drills.places import Places, on_sqlite
from tests.drills.reporting import DRILL, report

pytestmark = pytest.mark.system

FLOOD = 2_000 if DRILL else 60
HONEST = 100 if DRILL else 10
PER_MINUTE = 120 if DRILL else 20
"""Less than the house's own in the short form, which then needs no thousands of requests to be over it."""
AT_ONCE = 6
STATUS = "/api/v1/strava/status"
OPERATIONS = (
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/routes"),
    ("POST", "/api/v1/predictions"),
    ("POST", "/api/v1/activities"),
    ("POST", "/api/v1/strava/complete"),
    ("POST", "/api/v1/strava/disconnect"),
    ("PUT", "/api/v1/matching"),
    ("POST", "/api/v1/groups"),
    ("DELETE", "/api/v1/me"),
)
INTERNAL = (
    ("POST", "/api/v1/internal/predict"),
    ("POST", "/api/v1/internal/routes"),
    ("POST", "/api/v1/internal/distributions"),
    ("POST", "/api/v1/internal/activities?telegram_id=1"),
    ("POST", "/api/v1/internal/imports?telegram_id=1"),
    ("POST", "/api/v1/internal/strava/connected"),
)


async def flood(http: httpx.AsyncClient, path: str, headers: dict[str, str], times: int) -> list[httpx.Response]:
    seats = asyncio.Semaphore(AT_ONCE)

    async def one() -> httpx.Response:
        async with seats:
            return await http.get(path, headers=headers)

    return list(await asyncio.gather(*(one() for _ in range(times))))


@EACH_HOUSE
async def test_floods_are_refused_and_the_honest_at_their_address_are_served(
    tmp_path: Path, places: Places, server: ServerKind
):
    greedy, honest = as_member(stranger()), as_member(stranger())
    budgets = dict.fromkeys(("MEMBER_REQUESTS_PER_MINUTE", "ADDRESS_REQUESTS_PER_MINUTE"), str(PER_MINUTE))
    with places(tmp_path) as (place, _):
        house = EdgeHouse(tmp_path, server, place, budgets)
        async with house.running(), visiting(house.ayda.url) as http, visiting(house.predictor.url) as predictor:
            begun_s = time.monotonic()
            floods = asyncio.gather(
                flood(http, "/api/v1/races", {}, FLOOD),
                flood(http, STATUS, {"Authorization": "tma nonsense"}, FLOOD),
                flood(http, STATUS, greedy, FLOOD),
                flood(predictor, "/api/v1/races", {}, FLOOD),
            )
            served = []
            for _ in range(HONEST):
                served.append((await http.get(STATUS, headers=honest)).status_code)
                await asyncio.sleep(0.02)
            strangers, wrong, members, catalogue = await floods
            most = PER_MINUTE + 1 + (time.monotonic() - begun_s) * PER_MINUTE / 60
            live = (await http.get("/health/live")).status_code
            internal = (await predictor.get("/strava/rate-limit-status", headers={"X-API-Key": KEY})).status_code
    refused = [answer for answer in (*strangers, *wrong, *members, *catalogue) if answer.status_code == 429]
    let_through = [
        sum(answer.status_code != 429 for answer in each) for each in (strangers + wrong, members, catalogue)
    ]
    report(
        "EDGE budgets", server=server, database=places.__name__, flood=4 * FLOOD, let_through=let_through,
        honest=HONEST, honest_served=served.count(200),
    )  # fmt: skip
    assert served == [200] * HONEST
    assert (live, internal) == (200, 200)
    assert refused
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert {answer.json()["code"] for answer in refused} == {"too_many_requests"}
    assert all(PER_MINUTE <= each <= most for each in let_through)


@pytest.mark.parametrize("server", SERVERS)
async def test_no_server_asks_a_stranger_for_the_body(tmp_path: Path, server: ServerKind):
    """`Expect: 100-continue`: whoever would read the body has to ask for it first."""
    with on_sqlite(tmp_path) as (place, _):
        house = EdgeHouse(tmp_path, server, place)
        async with house.running():
            answers = [
                await asyncio.to_thread(first_line, house.ayda.port, *operation, headers)
                for operation in OPERATIONS
                for headers in ("", "Authorization: tma nonsense\r\n", "Authorization: Basic eDp5\r\n")
            ]
            answers += [
                await asyncio.to_thread(first_line, house.predictor.port, *operation, headers)
                for operation in INTERNAL
                for headers in ("", "X-API-Key: wrong\r\n", "Authorization: tma nonsense\r\n")
            ]
    asked_for = [line for line in answers if not line.startswith(b"HTTP/1.1 401")]
    report("EDGE identity", server=server, requests=len(answers), bodies_asked_for=len(asked_for))
    assert asked_for == []


def first_line(port: int, method: str, path: str, headers: str) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n{headers}"
    announced = f"{head}Content-Length: {50 * 1024 * 1024}\r\nExpect: 100-continue\r\n\r\n"
    with connection(port, announced.encode()) as made:
        return made.recv(4096).partition(b"\r\n")[0]
