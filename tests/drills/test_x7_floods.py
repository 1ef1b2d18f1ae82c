"""X7: floods stay with those who make them: memory is bounded, spoofed addresses win nothing, good users are served."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ayda_service.app import EVENTS, LONGEST_REQUEST_S, MISTAKES
from servicekit.web.flood import Allowance, Visitors
from tests.ayda.support import MEMBER, Ayda
from tests.drills.reporting import DRILL, report
from tests.drills.vault_world import browser_of, new_world

ADDRESSES = 1_000_000 if DRILL else 200_000
FLOOD = 5_000 if DRILL else 600
GOOD = 100 if DRILL else 20
CALLBACK = "/api/v1/strava/callback?state=made-up&code=c"
MEGABYTE = 1_000_000
PROXY, ATTACKER = "127.0.0.1", "203.0.113.66"


def test_a_million_addresses_leave_little_behind():
    visitors = Visitors(Allowance(120, 1.0))
    tracemalloc.start()
    begun = tracemalloc.get_traced_memory()[0]
    for number in range(ADDRESSES):
        visitors.take(f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::/64", number * 0.001)
    grown = tracemalloc.get_traced_memory()[0] - begun
    tracemalloc.stop()
    report("X7", addresses=ADDRESSES, grown_mb=round(grown / MEGABYTE, 1), remembered=len(visitors))
    assert grown < 10 * MEGABYTE


async def test_who_floods_is_refused_and_everybody_else_is_served(tmp_path: Path):
    world = new_world(tmp_path)
    async with world.running() as ayda, browser_of(ayda, ip=ATTACKER) as attacker:
        begun = time.monotonic()
        flood = [await attacker.get(CALLBACK) for _ in range(FLOOD)]
        took_s = time.monotonic() - begun
        served = [await connects(ayda, number) for number in range(GOOD)]
        neighbour = await attacker.get("/api/v1/strava/status", headers=ayda.as_member(MEMBER))
        from_internal = await ayda.token()
    statuses = [answer.status_code for answer in flood]
    report("X7", flood=FLOOD, let_through=statuses.count(400), good=GOOD, good_served=sum(served))
    assert set(statuses) == {400, 429}
    assert statuses.count(400) <= MISTAKES.burst + took_s / MISTAKES.every_s + 1
    assert sum(served) >= 0.95 * GOOD
    page = next(answer for answer in flood if answer.status_code == 429)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Подождите" in page.text
    assert "Start again" in page.text
    assert int(page.headers["retry-after"]) >= 1
    assert neighbour.status_code == 200, "a member who shares the address is no flood"
    assert from_internal.status_code != 429


async def connects(ayda: Ayda, number: int) -> bool:
    """Whether a person at an address of their own can connect Strava."""
    headers = ayda.as_member(MEMBER + number, Accept="application/json")
    async with browser_of(ayda, ip=f"198.51.100.{number}") as browser:
        begun = await browser.get("/api/v1/strava/auth", headers=headers)
        back = await ayda.consent(begun.json()["authorization_url"], ayda.simulator.add_athlete())
        return (await browser.get(back)).status_code == 200


async def status_of(app: Any, client: str, forwarded: str) -> int:
    """One wrong link, over a connection from `client` that says whom it speaks for."""
    headers = [(b"host", b"localhost"), (b"x-forwarded-for", forwarded.encode())]
    path, _, query = CALLBACK.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "headers": headers,
        "client": (client, 1), "server": ("localhost", 80), "state": {},
    }  # fmt: skip
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]


@pytest.mark.parametrize("client", [PROXY, ATTACKER], ids=["behind the proxy", "past the proxy"])
async def test_an_address_that_was_made_up_wins_nothing(tmp_path: Path, client: str):
    """Only the trusted proxy is believed, and of what it says only the address that it has added itself."""
    world, times = new_world(tmp_path), MISTAKES.burst * 2
    async with world.running() as ayda:
        app = ProxyHeadersMiddleware(ayda.app, trusted_hosts=PROXY)
        made_up = [f"192.0.2.{number}" for number in range(times)]
        said = made_up if client == ATTACKER else [f"{address}, {ATTACKER}" for address in made_up]
        begun = time.monotonic()
        statuses = [await status_of(app, client, each) for each in said]
        took_s = time.monotonic() - begun
        someone_else = await status_of(app, PROXY, "198.51.100.1")
    report("X7", spoofed=times, let_through=statuses.count(400), refused=statuses.count(429))
    assert set(statuses) == {400, 429}
    assert statuses.count(400) <= MISTAKES.burst + took_s / MISTAKES.every_s + 1
    assert someone_else == 400


async def test_a_body_that_never_ends_is_given_up_in_time(tmp_path: Path):
    """Nobody reads a stranger's; a member's ends with the longest time of a request, shorter in the fast form."""
    world = new_world(tmp_path)
    limit_s = LONGEST_REQUEST_S if DRILL else 0.3
    async with world.running(longest_request_s=limit_s) as ayda, browser_of(ayda) as browser:

        async def drops() -> Any:
            while True:
                yield b" "
                await asyncio.sleep(0.05)

        kind = {"Content-Type": "application/json"}
        begun = time.monotonic()
        stranger = await browser.post("/api/v1/predictions", content=drops(), headers=kind, timeout=None)
        headers = {**kind, **ayda.as_member()}
        member = await browser.post("/api/v1/predictions", content=drops(), headers=headers, timeout=None)
        took_s = time.monotonic() - begun
    report("X7", stranger=stranger.status_code, member=member.status_code, given_up_after_s=round(took_s, 1))
    assert (stranger.status_code, member.status_code) == (401, 504)
    assert took_s < limit_s + LONGEST_REQUEST_S / 2


def test_stravas_worst_burst_from_one_address_is_never_refused():
    visitors, refused = Visitors(EVENTS), 0
    for number in range(30_000):
        refused += visitors.wait_s("strava", number * 0.002) > 0
        visitors.take("strava", number * 0.002)
    assert refused == 0
