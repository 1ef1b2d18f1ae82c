"""Answers that are written line by line, as a service gives them and as another one takes them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import structlog
from litestar import Request, post

from kernel.errors import DomainError
from servicekit.base.correlation import DEADLINE_AT_S
from servicekit.base.metrics import Metrics
from servicekit.http.errors import (
    BadUpstreamResponse,
    UpstreamDeadline,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from servicekit.http.lines import LineClient
from servicekit.http.resilience import CircuitBreaker
from servicekit.web.app import build_app
from servicekit.web.lines import LinesResponse
from servicekit.web.problems import ProblemRule
from tests.servicekit.test_http import Stream

SENT = b"x" * 300_000
PROBLEMS = {DomainError: ProblemRule(422, "spoilt")}


class Line(msgspec.Struct):
    number: int


async def answered(*steps: int | Exception, before: Exception | None = None) -> tuple[httpx.Response, list[str]]:
    """The answer of a service that does these steps, and what became of its work."""
    became: list[str] = []

    @asynccontextmanager
    async def work() -> AsyncIterator[AsyncGenerator[Line, None]]:
        async def lines() -> AsyncGenerator[Line, None]:
            for step in steps:
                if isinstance(step, Exception):
                    raise step
                yield Line(step)

        became.append("begun")
        try:
            if before is not None:
                raise before
            yield lines()
        finally:
            became.append("ended")

    @post("/", status_code=200)
    async def handler(request: Request[Any, Any, Any]) -> LinesResponse:
        await request.body()
        return LinesResponse(work, PROBLEMS)

    app = build_app(title="T", version="1", route_handlers=[handler], problems=PROBLEMS)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
        return await http.post("/", content=b"x"), became


def lines_of(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["x-request-id"]
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_each_step_is_a_line_and_the_work_ends_with_them() -> None:
    answer, became = await answered(1, 2, 3)
    assert lines_of(answer) == [{"number": 1}, {"number": 2}, {"number": 3}]
    assert became == ["begun", "ended"]


async def test_what_goes_wrong_before_the_first_line_has_its_status() -> None:
    answer, became = await answered(1, before=DomainError("It is spoilt."))
    assert (answer.status_code, answer.json()["code"]) == (422, "spoilt")
    assert answer.headers["content-type"] == "application/problem+json"
    assert became == ["begun", "ended"]


async def test_what_goes_wrong_later_is_the_last_line() -> None:
    answer, became = await answered(1, DomainError("It is spoilt."), 2)
    first, last = lines_of(answer)
    assert first == {"number": 1}
    assert (last["problem"]["status"], last["problem"]["code"]) == (422, "spoilt")
    assert last["problem"]["detail"] == "It is spoilt."
    assert last["problem"]["request_id"] == answer.headers["x-request-id"]
    assert became == ["begun", "ended"]


async def test_a_crash_is_told_without_its_words_and_logged() -> None:
    with structlog.testing.capture_logs() as logged:
        answer, _ = await answered(1, RuntimeError("a secret"))
    assert lines_of(answer)[-1]["problem"]["code"] == "internal_error"
    assert "secret" not in answer.text
    assert [each["event"] for each in logged if each["log_level"] == "error"] == ["request_crashed"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sent"
    path.write_bytes(SENT)
    return path


class There:
    """Another service that answers in this way, and what it was asked."""

    def __init__(self, *answers: Any, breaker: CircuitBreaker | None = None) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        transport = httpx.MockTransport(self.answer)
        self.client = LineClient(
            "http://there", "there", transport=transport, internal=True, breaker=breaker, metrics=Metrics()
        )

    async def answer(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, stream=answer)

    async def lines(self, file: Path, *, idle_s: float = 10.0, timeout_s: float = 10.0) -> list[bytes]:
        headers = {"Content-Type": "a/b"}
        ask = partial(self.client.lines, "POST", "/x", params={"a": "b"}, content=file, headers=headers)
        async with self.client_closed(), ask(idle_s=idle_s, timeout_s=timeout_s) as lines:
            assert lines.status == 200
            return [line async for line in lines]

    @asynccontextmanager
    async def client_closed(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            if not self.answers:
                await self.client.close()


async def test_lines_are_whole_however_they_come_in_pieces(file: Path) -> None:
    there = There(Stream(b'{"a":', b'1}\n{"b":2}\n{', b'"c":3}', b"\n", b"cut"))
    assert await there.lines(file) == [b'{"a":1}', b'{"b":2}', b'{"c":3}']
    (asked,) = there.asked
    assert asked.content == SENT
    assert asked.headers["content-length"] == "300000"
    assert asked.headers["accept-encoding"] == "identity"
    assert asked.headers["x-deadline-ms"]
    assert asked.url.params["a"] == "b"


async def test_silence_between_lines_is_an_outage(file: Path) -> None:
    there = There(Stream(b"1\n", b"2\n", pause_s=5))
    with pytest.raises(UpstreamTimeout):
        await there.lines(file, idle_s=0.05)


@pytest.mark.parametrize("pieces", [(b"x" * 300_000,), (b"x" * 200_000, b"x" * 200_000)])
async def test_a_line_without_end_is_not_kept(file: Path, pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(BadUpstreamResponse):
        await There(Stream(*pieces)).lines(file)


async def test_a_refusal_is_told_with_its_problem_and_not_repeated(file: Path) -> None:
    problem = {"title": "T", "status": 422, "detail": "D.", "code": "spoilt", "request_id": "1"}
    there = There(httpx.Response(422, json=problem))
    with pytest.raises(UpstreamRefused) as refusal:
        await there.lines(file)
    assert refusal.value.problem is not None
    assert refusal.value.problem.code == "spoilt"
    away = There(httpx.Response(503, headers={"Retry-After": "7"}))
    with pytest.raises(UpstreamUnavailable) as outage:
        await away.lines(file)
    assert outage.value.retry_after_s == 7
    assert len(away.asked) == 1


async def test_outages_open_the_breaker_of_all_calls(file: Path) -> None:
    there = There(*[httpx.ConnectError("no")] * 3, breaker=CircuitBreaker(threshold=2))
    for _ in range(3):
        with pytest.raises(UpstreamUnavailable):
            await there.lines(file)
    assert len(there.asked) == 2
    await there.client.close()


async def test_what_is_before_the_first_line_has_its_time(file: Path) -> None:
    async def never(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    client = LineClient("http://there", "there", transport=httpx.MockTransport(never))
    ask = partial(client.lines, "POST", "/x", params={}, content=file, headers={}, idle_s=9)
    with pytest.raises(UpstreamTimeout):
        async with ask(timeout_s=0.05):
            raise AssertionError("nothing was answered")
    token = DEADLINE_AT_S.set(0.0)
    try:
        with pytest.raises(UpstreamDeadline):
            async with ask(timeout_s=9):
                raise AssertionError("there is no time")
    finally:
        DEADLINE_AT_S.reset(token)
    await client.close()
