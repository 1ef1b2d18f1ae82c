from __future__ import annotations

from typing import Any

import httpx
import pytest
import structlog
from litestar import get, post
from litestar.exceptions import (
    ClientException,
    HTTPException,
    NotAuthorizedException,
    NotFoundException,
    PermissionDeniedException,
    ServiceUnavailableException,
    TooManyRequestsException,
)
from litestar.params import RawBody

from kernel.contracts.problem import FieldError
from kernel.errors import DomainError
from servicekit.http.errors import (
    BadUpstreamResponse,
    UpstreamDeadline,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from servicekit.web.app import build_app
from servicekit.web.problems import ProblemRule, ProblemTable


class Mine(DomainError):
    pass


class Child(Mine):
    pass


async def answer_to(error: Exception, table: ProblemTable | None = None) -> httpx.Response:
    @get("/", operation_id="Fails")
    async def fails() -> None:
        raise error

    app = build_app(title="t", version="1", route_handlers=[fails], problems=table or {})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:  # type: ignore[arg-type]
        return await client.get("/?canary=canary")


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (UpstreamUnavailable("strava", 17.2), 503, "upstream_unavailable", "18"),
        (UpstreamUnavailable("strava"), 503, "upstream_unavailable", "5"),
        (UpstreamTimeout("strava", 0.01), 503, "upstream_unavailable", "1"),
        (UpstreamDeadline("strava"), 504, "deadline_exceeded", None),
        (BadUpstreamResponse("strava", "no Answer"), 502, "bad_upstream_response", None),
        (UpstreamRefused("strava", 418), 502, "upstream_refused", None),
        (NotFoundException(), 404, "not_found", None),
        (NotFoundException("There is no athlete 7."), 404, "not_found", None),
        (NotAuthorizedException(), 401, "not_authenticated", None),
        (PermissionDeniedException(), 403, "not_allowed", None),
        (TooManyRequestsException(headers={"Retry-After": "3"}), 429, "too_many_requests", "3"),
        (ServiceUnavailableException(), 503, "unavailable", "5"),
        (ClientException("canary"), 400, "malformed_body", None),
        (HTTPException("canary", status_code=500), 500, "internal_error", None),
        (Mine("canary"), 500, "internal_error", None),
        (KeyError("canary"), 500, "internal_error", None),
    ],
)
async def test_every_error_has_its_problem(error: Exception, status: int, code: str, retry_after: str | None) -> None:
    reply = await answer_to(error)
    problem: dict[str, Any] = reply.json()
    assert (reply.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert reply.headers.get("retry-after") == retry_after
    assert reply.headers["content-type"] == "application/problem+json"
    assert list(problem) == ["type", "title", "status", "detail", "code", "request_id", "errors"]
    assert problem["detail"].endswith(".")
    assert problem["detail"] != problem["title"]
    assert "canary" not in reply.text


async def test_a_table_reaches_subclasses_and_may_decide_by_the_error() -> None:
    def decide(error: Mine) -> ProblemRule:
        return ProblemRule(409, "mine", "Mine", errors=(FieldError("x", str(error)),), headers={"x-own": "1"})

    reply = await answer_to(Child("It is mine."), {Mine: decide})
    assert reply.json()["errors"] == [{"field": "x", "message": "It is mine."}]
    assert (reply.status_code, reply.json()["title"], reply.headers["x-own"]) == (409, "Mine", "1")


async def test_a_service_may_override_a_default() -> None:
    reply = await answer_to(
        UpstreamUnavailable("strava"), {UpstreamUnavailable: ProblemRule(503, "strava_unavailable")}
    )
    assert reply.json()["code"] == "strava_unavailable"


async def test_a_crash_is_logged_with_its_traceback_once() -> None:
    with structlog.testing.capture_logs() as events:
        await answer_to(KeyError("x"))
    crashes = [event for event in events if event["event"] == "request_crashed"]
    assert len(crashes) == 1
    assert isinstance(crashes[0]["exc_info"], KeyError)
    assert crashes[0]["exc_info"].__traceback__ is not None


async def test_an_expected_refusal_is_no_crash_in_the_log() -> None:
    with structlog.testing.capture_logs() as events:
        await answer_to(Mine("It is mine."), {Mine: ProblemRule(404, "mine")})
    assert [event["event"] for event in events] == ["request"]


async def test_a_client_that_leaves_before_its_body_is_complete_is_no_crash() -> None:
    @post("/", operation_id="Takes")
    async def takes(body: RawBody) -> None:
        return

    app = build_app(title="t", version="1", route_handlers=[takes], problems={})
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/", "raw_path": b"/", "query_string": b"", "headers": [], "server": ("t", 80), "client": ("c", 1),
        "root_path": "", "extensions": {},
    }  # fmt: skip
    with structlog.testing.capture_logs() as events:
        await app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert [event["event"] for event in events] == ["request"]
