from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest
import structlog
from litestar.types import ASGIApp, Receive, Scope, Send

from servicekit.base.correlation import (
    TRACEPARENT,
    accept_deadline_s,
    accept_request_id,
    accept_traceparent,
    deadline_remaining_s,
    request_id,
)
from servicekit.base.metrics import Metrics
from servicekit.web.context import RequestContext

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def seen(scope: Scope, receive: Receive, send: Send) -> None:
    body = f"{request_id()} {TRACEPARENT.get()} {deadline_remaining_s()}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def html(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html; charset=x")]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def ask(app: ASGIApp, path: str = "/", **options: Any) -> httpx.Response:
    wrapped = app if isinstance(app, RequestContext) else RequestContext(app, trusts=lambda _scope: True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(wrapped), base_url="http://t") as client:  # type: ignore[arg-type]
        return await client.get(path, **options)


@pytest.mark.parametrize("presented", ["abcd1234", "A" * 64, "0190-aa-bb"])
async def test_a_safe_request_id_is_kept_and_echoed(presented: str) -> None:
    reply = await ask(seen, headers={"x-request-id": presented})
    assert reply.headers["x-request-id"] == presented
    assert reply.text.split()[0] == presented


@pytest.mark.parametrize(
    "presented", ["short", "A" * 65, "with space", "new\nline1234", "ünïcode12", "a_b_c_d_e", "", None]
)
def test_an_unsafe_request_id_is_replaced(presented: str | None) -> None:
    made = accept_request_id(presented)
    assert made != presented
    assert re.fullmatch(r"[A-Za-z0-9-]{8,64}", made)


async def test_two_request_ids_are_as_good_as_none() -> None:
    reply = await ask(seen, headers=[("x-request-id", "abcd1234"), ("x-request-id", "abcd1234")])
    assert reply.headers["x-request-id"] != "abcd1234"


def test_a_trace_is_continued_with_a_span_of_our_own() -> None:
    version, trace, span, flags = accept_traceparent(TRACE).split("-")
    assert (version, trace, flags) == ("00", TRACE.split("-")[1], "01")
    assert span != TRACE.split("-")[2]


@pytest.mark.parametrize(
    "presented", [None, "", TRACE.upper(), TRACE + "-x", f"00-{'0' * 32}-{'1' * 16}-01", TRACE[:-1]]
)
def test_a_malformed_trace_is_replaced_by_a_new_one(presented: str | None) -> None:
    made = accept_traceparent(presented)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", made)


@pytest.mark.parametrize(
    ("text", "left_s"),
    [("800", 0.8), ("0", 0.0), ("-5", -0.005), ("x", None), ("1e3", None), (None, None), ("9" * 30, None)],
)
def test_a_deadline_is_whole_milliseconds(text: str | None, left_s: float | None) -> None:
    assert accept_deadline_s(text) == left_s


async def test_the_app_sees_what_is_left() -> None:
    left_s = float((await ask(seen, headers={"x-deadline-ms": "5000"})).text.split()[2])
    assert 4.5 < left_s <= 5.0
    assert (await ask(seen)).text.split()[2] == "None"


async def test_the_longest_duration_bounds_callers_without_a_deadline() -> None:
    app = RequestContext(seen, max_duration_s=2.0, trusts=lambda _scope: True)
    assert 1.5 < float((await ask(app)).text.split()[2]) <= 2.0
    assert float((await ask(app, headers={"x-deadline-ms": "1000"})).text.split()[2]) <= 1.0


@pytest.mark.parametrize("left_ms", ["0", "-1", "40"])
async def test_a_deadline_of_somebody_who_is_not_trusted_is_none(left_ms: str) -> None:
    assert (await ask(RequestContext(seen), headers={"x-deadline-ms": left_ms})).text.split()[2] == "None"
    bounded = await ask(RequestContext(seen, max_duration_s=2.0), headers={"x-deadline-ms": left_ms})
    assert 1.5 < float(bounded.text.split()[2]) <= 2.0


@pytest.mark.parametrize("left_ms", ["0", "-1", "40"])
async def test_a_spent_deadline_is_a_504_and_the_work_stops(left_ms: str) -> None:
    stopped = asyncio.Event()
    begun = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    reply = await ask(slow, headers={"x-deadline-ms": left_ms})
    assert reply.status_code == 504
    assert reply.json()["code"] == "deadline_exceeded"
    assert reply.json()["request_id"] == reply.headers["x-request-id"]
    assert stopped.is_set() == begun.is_set() == (left_ms == "40")


async def test_an_app_that_answers_after_it_was_stopped_is_not_heard() -> None:
    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            await seen(scope, receive, send)

    assert (await ask(stubborn, headers={"x-deadline-ms": "20"})).status_code == 504


async def test_an_answer_that_has_begun_is_not_cut_off() -> None:
    async def begun(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.08)
        await send({"type": "http.response.body", "body": b"whole", "more_body": False})

    reply = await ask(begun, headers={"x-deadline-ms": "30"})
    assert (reply.status_code, reply.content) == (200, b"whole")


async def test_a_timeout_of_the_app_itself_is_a_crash_and_no_deadline() -> None:
    async def times_out(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError

    reply = await ask(times_out, headers={"x-deadline-ms": "5000"})
    assert (reply.status_code, reply.json()["code"]) == (500, "internal_error")


async def test_a_crash_after_the_answer_began_breaks_the_connection() -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("half")

    with pytest.raises(RuntimeError, match="half"):
        await ask(half)


async def test_every_answer_has_the_security_headers_unless_the_app_set_its_own() -> None:
    async def own(scope: Scope, receive: Receive, send: Send) -> None:
        fields = [(b"content-security-policy", b"default-src 'self' 'nonce-x'"), (b"cache-control", b"max-age=60")]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    plain, paged, owned = await ask(seen), await ask(html), await ask(own)
    assert plain.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert paged.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert owned.headers["content-security-policy"] == "default-src 'self' 'nonce-x'"
    assert (plain.headers["cache-control"], owned.headers["cache-control"]) == ("no-store", "max-age=60")
    for reply in (plain, paged, owned):
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"


async def test_the_access_log_and_the_metrics_hold_the_template_and_never_the_address() -> None:
    async def templated(scope: Scope, receive: Receive, send: Send) -> None:
        scope["path_template"] = "/athletes/{id}"
        await seen(scope, receive, send)

    metrics = Metrics()
    with structlog.testing.capture_logs() as events:
        await ask(RequestContext(templated, metrics=metrics), "/athletes/canary?token=canary")
        await ask(RequestContext(seen, metrics=metrics), "/canary")
    assert [(event["path"], event["status"], event["method"]) for event in events] == [
        ("/athletes/{id}", 200, "GET"),
        ("(unmatched)", 200, "GET"),
    ]
    assert all(event["duration_ms"] >= 0 for event in events)
    text = (await metrics.render()).decode()
    assert 'http_requests_total{method="GET",path="/athletes/{id}",status="200"} 1.0' in text
    assert "canary" not in repr(events) + text


async def test_nothing_of_a_request_remains_after_it() -> None:
    await ask(seen, headers={"x-deadline-ms": "900"})
    assert (request_id(), TRACEPARENT.get(), deadline_remaining_s()) == (None, None, None)


async def test_lifespan_passes_through() -> None:
    kinds: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        kinds.append(scope["type"])

    await RequestContext(inner)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert kinds == ["lifespan"]


async def test_where_much_is_sent_requests_may_take_longer() -> None:
    app = RequestContext(seen, max_duration_s=10, slow_paths={"/long": 900})
    for path, longest_s in (("/long", 900), ("/long/more", 900), ("/", 10), ("/other", 10)):
        left_s = float((await ask(app, path)).text.split()[2])
        assert longest_s - 5 < left_s <= longest_s
