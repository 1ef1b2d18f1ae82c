"""A whole small service put together from servicekit, seen from outside."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import httpx
import msgspec
import pytest
from litestar import Litestar, Request, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.testing import AsyncTestClient

from kernel.errors import DomainError
from servicekit.base.correlation import deadline_remaining_s, request_id
from servicekit.web.api_keys import ApiKeys, api_key_guard
from servicekit.web.app import JSON_LIMIT_BYTES, WebApp, build_app
from servicekit.web.openapi import declare_problems
from servicekit.web.problems import ProblemRule
from servicekit.web.sent_files import MAX_UPLOAD_BYTES

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TelegramId = Annotated[str, QueryParameter(pattern=r"^[1-9][0-9]{0,18}$")]


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    route_id: str
    mode: Annotated[str, msgspec.Meta(pattern="^(run|hike)$")] = "run"
    flat_pace: int | None = None
    sport: Literal["trail_run", "hiking"] = "trail_run"


class RouteNotFound(DomainError):
    pass


@get("/ping", operation_id="Ping")
async def ping() -> dict[str, str | None]:
    return {"request_id": request_id()}


@get("/tokens/{athlete_id:int}", operation_id="Tokens")
async def tokens(athlete_id: FromPath[int], telegram_id: TelegramId) -> dict[str, str]:
    return {"telegram_id": telegram_id, "athlete": str(athlete_id)}


@post("/routes", operation_id="Routes", status_code=200)
async def routes(data: JSONBody[Route]) -> Route:
    raise RouteNotFound(f"There is no route {data.route_id}; upload it first.")


@post("/raw", operation_id="Raw")
async def raw(request: Request[Any, Any, Any]) -> dict[str, int]:
    return {"bytes": len(await request.body())}


@post("/file", operation_id="File", request_max_body_size=MAX_UPLOAD_BYTES)
async def file(request: Request[Any, Any, Any]) -> dict[str, int]:
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
    return {"bytes": total}


@get("/crash", operation_id="Crash")
async def crash() -> None:
    raise RuntimeError("the database password is hunter2")


@get("/slow", operation_id="Slow")
async def slow() -> dict[str, float | None]:
    await asyncio.sleep(5)
    return {"left": deadline_remaining_s()}


@get("/page", operation_id="Page")
async def page() -> Response[str]:
    return Response("<p>hello</p>", media_type="text/html", headers={"Content-Security-Policy": "default-src 'self'"})


def example(keys: ApiKeys | None = None, **options: Any) -> WebApp:
    guarded = get("/guarded", operation_id="Guarded", guards=[api_key_guard(keys or ApiKeys(), now=lambda: NOW)])

    @guarded
    async def inside() -> dict[str, str]:
        return {"status": "in"}

    return build_app(
        title="example",
        version="1",
        route_handlers=[ping, tokens, routes, raw, file, crash, slow, page, inside],
        problems={RouteNotFound: ProblemRule(404, "route_not_found")},
        **options,
    )


def client_of(app: WebApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://example")  # type: ignore[arg-type]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(example()) as opened:
        yield opened


def assert_problem(reply: httpx.Response, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = reply.json()
    assert (reply.status_code, problem["code"]) == (status, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"].endswith(".")
    assert problem["request_id"] == reply.headers["x-request-id"]
    assert isinstance(problem["errors"], list)
    return problem


async def test_a_domain_error_becomes_the_problem_of_the_table_with_its_own_sentence(client: httpx.AsyncClient) -> None:
    problem = assert_problem(await client.post("/routes", json={"route_id": "r1"}), 404, "route_not_found")
    assert problem["detail"] == "There is no route r1; upload it first."


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "route_id"),
        ({"route_id": 7}, "route_id"),
        ({"route_id": "r", "mode": "canary-mode"}, "mode"),
        ({"route_id": "r", "flat_pace": "canary"}, "flat_pace"),
        ({"route_id": "r", "sport": "canary"}, "sport"),
        ({"route_id": "r", "extra": "canary"}, "extra"),
        (["canary"], "body"),
    ],
)
async def test_a_refused_field_is_named_and_its_value_is_not_repeated(
    client: httpx.AsyncClient, body: Any, field: str
) -> None:
    reply = await client.post("/routes?secret=canary", json=body)
    problem = assert_problem(reply, 422, "validation_failed")
    assert [each["field"] for each in problem["errors"]] == [field]
    assert "canary" not in reply.text


@pytest.mark.parametrize("query", ["telegram_id=canary", "telegram_id=0", "", "other=canary"])
async def test_a_bad_or_missing_query_parameter_is_named_without_the_query(
    client: httpx.AsyncClient, query: str
) -> None:
    reply = await client.get(f"/tokens/5?{query}")
    problem = assert_problem(reply, 422, "validation_failed")
    assert [each["field"] for each in problem["errors"]] == ["telegram_id"]
    assert "canary" not in reply.text


@pytest.mark.parametrize(
    "body", [b"{", b"canary", b"\xff\xfe{}", b'{"route_id":"\xff"}', b"[" * 50_000, b"\x00", b'{"a":1}}']
)
async def test_a_body_that_is_no_json_is_malformed(client: httpx.AsyncClient, body: bytes) -> None:
    reply = await client.post("/routes", content=body, headers={"content-type": "application/json"})
    assert_problem(reply, 400, "malformed_body")
    assert "canary" not in reply.text


async def test_an_empty_body_is_a_validation_error(client: httpx.AsyncClient) -> None:
    assert_problem(await client.post("/routes"), 422, "validation_failed")


async def test_an_unknown_address_and_method_are_problems_with_a_request_id(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/nowhere"), 404, "not_found")
    assert_problem(await client.get("/tokens/notanumber?telegram_id=1"), 404, "not_found")
    assert_problem(await client.get("/schema/nowhere"), 404, "not_found")
    reply = await client.delete("/ping")
    assert_problem(reply, 405, "method_not_allowed")
    assert "GET" in reply.headers["allow"]


async def test_a_crash_tells_the_client_nothing(client: httpx.AsyncClient) -> None:
    reply = await client.get("/crash")
    assert_problem(reply, 500, "internal_error")
    assert "hunter2" not in reply.text
    assert "Traceback" not in reply.text


async def _dribble(total: int) -> AsyncIterator[bytes]:
    for _ in range(total // 4096 + 1):
        yield b"x" * 4096


@pytest.mark.parametrize("path", ["/routes", "/raw"])
async def test_a_body_over_the_limit_is_refused_with_the_limit_in_the_detail(
    client: httpx.AsyncClient, path: str
) -> None:
    reply = await client.post(path, content=b"x" * (JSON_LIMIT_BYTES + 1))
    assert str(JSON_LIMIT_BYTES) in assert_problem(reply, 413, "body_too_large")["detail"]


async def test_a_body_without_announced_length_is_counted_as_it_arrives(client: httpx.AsyncClient) -> None:
    assert_problem(await client.post("/raw", content=_dribble(JSON_LIMIT_BYTES)), 413, "body_too_large")


async def test_a_route_may_accept_more_than_the_others(client: httpx.AsyncClient) -> None:
    reply = await client.post("/file", content=_dribble(JSON_LIMIT_BYTES))
    assert reply.json()["bytes"] > JSON_LIMIT_BYTES
    reply = await client.post("/file", content=b"x", headers={"content-length": str(MAX_UPLOAD_BYTES + 1)})
    assert str(MAX_UPLOAD_BYTES) in assert_problem(reply, 413, "body_too_large")["detail"]


async def test_guarded_routes_refuse_everyone_until_a_key_is_configured(client: httpx.AsyncClient) -> None:
    reply = await client.get("/guarded", headers={"x-api-key": ""})
    assert_problem(reply, 503, "internal_api_not_configured")
    assert int(reply.headers["retry-after"]) > 0


async def test_guarded_routes_let_exactly_the_holders_of_a_key_in() -> None:
    async with client_of(example(ApiKeys.parse("new:alpha,old:beta@2026-05-01"))) as client:
        assert (await client.get("/guarded", headers={"x-api-key": "alpha"})).json() == {"status": "in"}
        for headers in (
            {},
            {"x-api-key": "beta"},
            {"x-api-key": "alph"},
            {"x-api-key": ""},
            {"x-api-key": "new:alpha"},
        ):
            assert_problem(await client.get("/guarded", headers=headers), 401, "invalid_api_key")
        assert_problem(await client.get("/guarded", headers=[(b"x-api-key", "ключ".encode())]), 401, "invalid_api_key")
        twice = [("x-api-key", "alpha"), ("x-api-key", "alpha")]
        assert_problem(await client.get("/guarded", headers=twice), 401, "invalid_api_key")


async def test_the_guard_can_find_its_keys_in_the_state_of_the_app() -> None:
    @get("/late", operation_id="Late", guards=[api_key_guard()])
    async def late() -> dict[str, str]:
        return {}

    async def status(state: dict[str, Any]) -> int:
        app = build_app(title="t", version="1", route_handlers=[late], problems={}, state=state)
        async with client_of(app) as client:
            return (await client.get("/late", headers={"x-api-key": "alpha"})).status_code

    assert await status({}) == 503
    assert await status({"api_keys": ApiKeys.parse("alpha")}) == 200


def test_the_state_of_the_app_holds_the_very_objects_it_was_given() -> None:
    pool = object()
    holder = [pool]
    app = build_app(title="t", version="1", route_handlers=[ping], problems={}, state={"holder": holder})
    assert app.litestar.state.holder is holder


async def test_the_schema_is_served_offline_and_declares_problems() -> None:
    app = example()
    async with client_of(app) as client:
        document = (await client.get("/schema/openapi.json")).json()
        html = (await client.get("/schema")).text
    assert document == json.loads(json.dumps(declare_problems(app.litestar.openapi_schema.to_schema())))
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert operations
    for operation in operations:
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
        assert "400" not in operation["responses"]
    assert {"Problem", "FieldError"} <= set(document["components"]["schemas"])
    assert not {path for path in document["paths"] if path.startswith(("/health", "/metrics"))}
    assert "http://" not in html
    assert "https://" not in html
    assert "/tokens/{athlete_id}" in html


async def test_health_and_metrics_are_there() -> None:
    async def down() -> None:
        raise ConnectionError("postgresql://user:hunter2@host")

    async def hangs() -> None:
        await asyncio.sleep(5)

    async def fine() -> None:
        return

    async with client_of(example(checks={"database": fine})) as client:
        assert (await client.get("/health/live")).json() == {"status": "ok"}
        assert (await client.get("/health/ready")).json() == {"status": "ok", "checks": ["database"]}
        text = (await client.get("/metrics")).text
    assert 'http_requests_total{method="GET",path="/health/live",status="200"} 1.0' in text
    async with client_of(example(checks={"database": down, "cache": fine})) as client:
        reply = await client.get("/health/ready")
    problem = assert_problem(reply, 503, "not_ready")
    assert problem["errors"] == [{"field": "database", "message": "ConnectionError"}]
    assert "hunter2" not in reply.text


async def test_who_leaves_ends_each_connection_with_its_answer() -> None:
    app = example()
    async with client_of(app) as client:
        assert "connection" not in (await client.get("/ping")).headers
        app.notice.give()
        for path, status in (("/ping", 200), ("/health/live", 200), ("/health/ready", 503), ("/nowhere", 404)):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers.get_list("connection")) == (status, ["close"])


async def test_the_lifespan_runs_in_order_and_back_under_the_test_client() -> None:
    steps: list[str] = []

    def step(name: str) -> Any:
        @asynccontextmanager
        async def context(_app: Litestar) -> AsyncIterator[None]:
            steps.append(f"+{name}")
            yield
            steps.append(f"-{name}")

        return context

    app = example(lifespan=[step("engine"), step("clients"), step("worker")])
    async with AsyncTestClient(app) as client:
        assert (await client.get("/ping")).status_code == 200
        assert steps == ["+engine", "+clients", "+worker"]
    assert steps[3:] == ["-worker", "-clients", "-engine"]
