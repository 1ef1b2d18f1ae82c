"""deploy/nginx.conf in front of the real ayda: what visitors get of it, and as whom they are counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ayda_service.app import create_app
from servicekit.base.settings import Secret
from servicekit.web.budgets import Budget, RequestBudgets
from servicekit.web.proxies import Proxies
from servicekit.web.server import listen, serving
from tests.ayda.ops.support import KEY
from tests.drills.both_services import ayda_settings
from tests.stack.test_nginx import NAME, NGINX, nginx_before
from tests.system.processes import HOST

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed: its configuration is read by nobody"),
]
ANOTHER_VISITOR = "127.0.0.2"
MOST = 5
PUBLIC, INSIDE = "/api/v1/strava/status", ("/metrics", "/ops", "/ops/lists/jobs", "/health/ready", "/schema")


@asynccontextmanager
async def house(folder: Path, proxies: str) -> AsyncIterator[tuple[str, str]]:
    """The addresses of nginx and of the ayda behind it, which lets an address ask a few times a minute."""
    told: dict[str, Any] = {"worker_embedded": False, "operator_key": Secret(KEY), "proxies": Proxies.parse(proxies)}
    budgets = RequestBudgets(Budget(1000, 100), Budget(MOST, 100))
    settings = ayda_settings(folder, **told, request_budgets=budgets, predictor_url=None)
    socket = listen(HOST)
    port = socket.getsockname()[1]
    async with serving(create_app(settings), socket):
        with nginx_before(port, folder) as (_, tls):
            yield f"https://{HOST}:{tls}", f"http://{HOST}:{port}"


def visitor(base_url: str, address: str = HOST) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(local_address=address, verify=False)
    return httpx.AsyncClient(base_url=base_url, transport=transport, timeout=240, headers={"Host": NAME})


@asynccontextmanager
async def two_visitors(folder: Path, proxies: str) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    async with (
        house(folder, proxies) as (outside, _),
        visitor(outside) as one,
        visitor(outside, ANOTHER_VISITOR) as other,
    ):
        yield one, other


async def statuses(seen: httpx.AsyncClient, times: int, **headers: str) -> list[int]:
    return [(await seen.get(PUBLIC, headers=headers)).status_code for _ in range(times)]


async def test_what_is_for_the_inside_is_there_and_nobody_gets_it_through_nginx(tmp_path: Path):
    async with house(tmp_path, HOST) as (outside, inside), visitor(inside) as within, visitor(outside) as seen:
        assert [(await within.get(path)).status_code for path in ("/metrics", "/ops")] == [200, 401]
        assert {(await seen.get(path)).status_code for path in INSIDE} == {404}
        assert (await seen.post("/ops/login", data={"key": KEY})).status_code == 404
        page = await seen.get("/app")
    assert page.status_code == 200
    assert "<html" in page.text
    assert "max-age" in page.headers["strict-transport-security"]


async def test_each_visitor_is_counted_by_their_own_address_whatever_they_say(tmp_path: Path):
    pretending = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9"}
    async with two_visitors(tmp_path, HOST) as (one, other):
        assert await statuses(one, MOST) == [401] * MOST
        assert await statuses(one, 2, **pretending) == [429, 429]
        assert await statuses(other, 1) == [401]


async def test_a_proxy_that_is_not_named_makes_its_visitors_one(tmp_path: Path):
    async with two_visitors(tmp_path, "10.9.8.7") as (one, other):
        assert await statuses(one, MOST) == [401] * MOST
        assert await statuses(other, 1) == [429]
