"""Bodies that stop coming, in front of an app as Litestar makes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from litestar import Litestar, Request, post

from servicekit.web.problems import problem_handlers
from servicekit.web.slow_bodies import SlowBodies

IDLE_S = 0.05


@post("/", status_code=200)
async def echo(request: Request[Any, Any, Any]) -> str:
    return (await request.body()).decode()


def scope() -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/", "raw_path": b"/", "query_string": b"", "root_path": "", "headers": [(b"host", b"localhost")],
        "client": ("192.0.2.1", 1), "server": ("localhost", 80), "state": {},
    }  # fmt: skip


async def ask(app: Any, *pieces: bytes, is_whole: bool, sent: list[Any] | None = None) -> tuple[int, bytes]:
    """Status and body of the answer; after the pieces nothing comes any more."""
    messages = [
        {"type": "http.request", "body": piece, "more_body": not is_whole or index < len(pieces) - 1}
        for index, piece in enumerate(pieces)
    ]
    answer = [] if sent is None else sent

    async def receive() -> Any:
        if messages:
            return messages.pop(0)
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        answer.append(message)

    await SlowBodies(app, IDLE_S)(scope(), receive, send)
    return answer[0]["status"], b"".join(message.get("body", b"") for message in answer)


@pytest.fixture
def litestar() -> Litestar:
    return Litestar([echo], exception_handlers=problem_handlers({}), logging_config=None, openapi_config=None)


async def test_a_body_that_stops_is_given_up_with_a_word(litestar: Litestar):
    for pieces in ([], [b"a"], [b"a", b"b"]):
        status, body = await ask(litestar, *pieces, is_whole=False)
        assert (status, json.loads(body)["code"]) == (408, "body_too_slow")


async def test_a_whole_body_is_answered(litestar: Litestar):
    assert await ask(litestar, b"a", b"b", is_whole=True) == (200, b"ab")


def after_the_body(do: Callable[[Any, Any], Awaitable[None]]) -> Any:
    async def app(_scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await do(receive, send)

    return app


async def test_an_app_may_wait_for_its_visitor_to_leave_once_the_body_is_there():
    async def wait(receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3 * IDLE_S):
                await receive()
        await send({"type": "http.response.body", "body": b"long"})

    assert await ask(after_the_body(wait), b"a", is_whole=True) == (200, b"long")


async def test_a_crash_over_a_body_that_stopped_is_no_crash():
    async def crash(receive: Any, send: Any) -> None:
        raise RuntimeError("the sender has gone")

    assert (await ask(after_the_body(crash), is_whole=False))[0] == 408
    with pytest.raises(RuntimeError):
        await ask(after_the_body(crash), b"a", is_whole=True)


async def test_an_answer_that_has_begun_goes_on():
    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        await send({"type": "http.response.body", "body": b"rest"})

    assert await ask(app, is_whole=False) == (200, b"rest")
