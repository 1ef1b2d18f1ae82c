"""Nobody gets past a door, at whatever router it stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar import Router, get, post
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.testing import AsyncTestClient

from kernel.errors import DomainError
from servicekit.web.api_keys import ApiKeys, api_key_guard, key_shown
from servicekit.web.app import build_app
from servicekit.web.doors import Guard, door
from servicekit.web.problems import ProblemRule

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEYS = ApiKeys.parse("one:alpha,two:beta@2026-07-01")


class Refused(DomainError):
    sentence = "Not you."


def refusing(name: str, asked: list[str]) -> Guard:
    """Lets in who names this in a header of the same name."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        asked.append(f"{name} {handler.operation_id}")  # type: ignore[attr-defined]
        if name not in connection.headers:
            raise Refused

    return guard


def handlers(asked: list[str]) -> list[Any]:
    """A router within a router, and a handler with a door of its own."""

    @get("/", operation_id="Read", middleware=[door(refusing("inner", asked))])
    async def read() -> str:
        asked.append("read")
        return "read"

    @post("/", operation_id="Write")
    async def write() -> str:
        asked.append("written")
        return "written"

    return [Router("/outer", route_handlers=[Router("/", route_handlers=[read, write])], middleware=[_outer(asked)])]


def _outer(asked: list[str]) -> Callable[..., Any]:
    return door(refusing("outer", asked))


@pytest.mark.parametrize("headers", [{}, {"inner": "1"}])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_the_door_of_a_router_is_before_everything_below_it(method: str, headers: dict[str, str]):
    asked: list[str] = []
    app = build_app(title="t", version="1", route_handlers=handlers(asked), problems={Refused: ProblemRule(401, "no")})
    async with AsyncTestClient(app) as client:  # type: ignore[arg-type]
        answer = await client.request(method, "/outer", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "no"
    assert [each.split()[0] for each in asked] == ["outer"]


async def test_doors_are_asked_from_the_outside_in_and_then_the_handler_runs():
    asked: list[str] = []
    app = build_app(title="t", version="1", route_handlers=handlers(asked), problems={})
    async with AsyncTestClient(app) as client:  # type: ignore[arg-type]
        answer = await client.get("/outer", headers={"outer": "1", "inner": "1"})
    assert (answer.status_code, asked) == (200, ["outer Read", "inner Read", "read"])


async def test_a_key_is_looked_for_once_in_a_request_and_anew_in_the_next():
    looked: list[datetime] = []
    moment = NOW

    def now() -> datetime:
        looked.append(moment)
        return moment

    def scope(key: str) -> Any:
        return {"type": "http", "headers": [(b"x-api-key", key.encode())], "state": {}}

    first = scope("beta")
    assert [key_shown(first, KEYS, now) for _ in range(3)] == ["two"] * 3
    assert len(looked) == 1
    assert key_shown(first, ApiKeys.parse("other:gamma"), now) is None
    moment = NOW + timedelta(days=60)
    assert key_shown(scope("beta"), KEYS, now) is None


async def _passes(guard: Guard, connection: Any) -> bool:
    try:
        await guard(connection, None)  # type: ignore[arg-type]
    except DomainError:
        return False
    return True


async def test_nothing_that_is_sent_stands_for_a_key_that_was_found():
    guard: Callable[..., Awaitable[None]] = api_key_guard(KEYS, now=lambda: NOW)
    fields = [(b"ayda.key", b"one"), (b"ayda.head", b"x"), (b"state", b"api_key_id")]
    scope: Any = {"type": "http", "headers": fields, "state": {}, "query_string": b"ayda.key=one"}
    assert not await _passes(guard, ASGIConnection(scope))
