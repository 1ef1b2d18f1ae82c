from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
import structlog

from kernel.contracts.problem import Problem
from servicekit.base.correlation import DEADLINE_AT_S, REQUEST_ID, TRACEPARENT
from servicekit.base.metrics import Metrics
from servicekit.base.settings import Secret
from servicekit.http.client import ApiClient
from servicekit.http.errors import (
    BadUpstreamResponse,
    UpstreamDeadline,
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from servicekit.http.resilience import CircuitBreaker, RetryBudget

NOW = datetime(2026, 6, 1, tzinfo=UTC)
Handler = Callable[[httpx.Request], Any]


class Answer(msgspec.Struct):
    value: int


class Stream(httpx.AsyncByteStream):
    """A body that comes in the given pieces, each after `pause_s`."""

    def __init__(self, *pieces: bytes, pause_s: float = 0.0) -> None:
        self.pieces = pieces
        self.pause_s = pause_s
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            await asyncio.sleep(self.pause_s)
            self.taken += 1
            yield piece


class Upstream:
    """Answers with a script, the last entry for ever, and remembers what it was asked and how long was waited."""

    def __init__(self, *script: int | Exception | httpx.Response | Handler) -> None:
        self.script = list(script)
        self.requests: list[httpx.Request] = []
        self.slept_s: list[float] = []

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        if isinstance(step, int):
            return httpx.Response(step, json={"value": step})
        if isinstance(step, httpx.Response):
            return step
        outcome = step(request)
        return await outcome if asyncio.iscoroutine(outcome) else outcome  # type: ignore[no-any-return]

    async def sleep(self, delay_s: float) -> None:
        self.slept_s.append(delay_s)

    def client(self, **options: Any) -> ApiClient:
        defaults: dict[str, Any] = {"sleep": self.sleep, "jitter": lambda: 0.5, "now": lambda: NOW}
        transport = httpx.MockTransport(self.answer)
        return ApiClient("http://up/base/", "predictor", transport=transport, **{**defaults, **options})


@contextmanager
def deadline(left_s: float) -> Iterator[None]:
    token = DEADLINE_AT_S.set(asyncio.get_running_loop().time() + left_s)
    try:
        yield
    finally:
        DEADLINE_AT_S.reset(token)


async def hangs(_request: httpx.Request) -> httpx.Response:
    await asyncio.sleep(3600)
    return httpx.Response(200)


async def test_a_call_reaches_the_path_below_the_base_with_its_query_and_body() -> None:
    up = Upstream(200)
    answer = await up.client(headers={"X-API-Key": Secret("k1")}).request(
        "post", "/x/y", params={"a": 1, "b": None, "c": "ä&"}, json={"v": 1}, idempotency_key="i1"
    )
    asked = up.requests[0]
    assert (asked.method, str(asked.url)) == ("POST", "http://up/base/x/y?a=1&c=%C3%A4%26")
    assert (asked.content, asked.headers["content-type"]) == (b'{"v":1}', "application/json")
    assert (asked.headers["x-api-key"], asked.headers["idempotency-key"]) == ("k1", "i1")
    assert answer.expect(200).decode(Answer) == Answer(200)


async def test_a_call_after_the_end_is_an_outage_and_no_defect() -> None:
    up = Upstream(200)
    client = up.client()
    await client.close()
    with pytest.raises(UpstreamUnavailable):
        await client.request("GET", "/x")
    assert up.requests == []


async def test_forms_and_files_and_bytes_are_sent_as_such() -> None:
    up = Upstream(200)
    client = up.client()
    await client.request("POST", "token", form={"client_secret": Secret("s"), "code": "c"})
    await client.request("POST", "raw", content=b"<gpx/>", headers={"Content-Type": "application/gpx+xml"})
    await client.request("POST", "upload", form={"name": "n"}, files={"file": ("a.gpx", b"<gpx/>", "text/xml")})
    assert up.requests[0].content == b"client_secret=s&code=c"
    assert up.requests[1].headers["content-type"] == "application/gpx+xml"
    assert b'filename="a.gpx"' in up.requests[2].content


@pytest.mark.parametrize("path", ["http://evil/x", "../x", "a/../../x", "x?y=1", "x#y", "a\r\nb"])
async def test_a_path_cannot_lead_elsewhere(path: str) -> None:
    with pytest.raises(ValueError):
        await Upstream(200).client().request("GET", path)


async def test_internal_services_get_the_request_id_the_trace_and_the_time_left() -> None:
    up = Upstream(200)
    identity, trace = REQUEST_ID.set("abcd1234"), TRACEPARENT.set("00-aa-bb-01")
    try:
        with deadline(2.0):
            await up.client(internal=True).request("GET", "x")
            await up.client(internal=False).request("GET", "x")
        await up.client(internal=True, timeout_s=4.0).request("GET", "x")
    finally:
        REQUEST_ID.reset(identity)
        TRACEPARENT.reset(trace)
    inside, outside, unbound = (request.headers for request in up.requests)
    assert (inside["x-request-id"], inside["traceparent"]) == ("abcd1234", "00-aa-bb-01")
    assert 1500 < int(inside["x-deadline-ms"]) <= 2000
    assert 3500 < int(unbound["x-deadline-ms"]) <= 4000
    assert not {"x-request-id", "traceparent", "x-deadline-ms"} & set(outside)


async def test_headers_made_by_a_function_follow_a_rotation() -> None:
    up, keys = Upstream(200), iter(["one", "two"])
    client = up.client(headers=lambda: {"X-API-Key": Secret(next(keys))})
    await client.request("GET", "x")
    await client.request("GET", "x")
    assert [request.headers["x-api-key"] for request in up.requests] == ["one", "two"]


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError("x"), httpx.ReadError("x"), httpx.RemoteProtocolError("x"), 502, 503, 504]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_passing_outage_is_repeated_where_that_is_safe(failure: Exception | int, method: str) -> None:
    up = Upstream(failure, failure, 200)
    answer = await up.client(retry_delays_s=(0.1, 0.4)).request(method, "x")
    assert answer.status == 200
    assert up.slept_s == [0.1, 0.4]


async def test_what_the_other_service_has_waited_for_in_vain_is_not_waited_for_again() -> None:
    waited = Problem("t", 503, "d.", "database_unavailable", "abcd1234")
    tired = httpx.Response(503, content=msgspec.json.encode(waited))
    up = Upstream(tired, 200)
    assert (await up.client().request("GET", "x")).status == 503
    assert len(up.requests) == 1


@pytest.mark.parametrize("status", [200, 301, 400, 401, 404, 409, 422, 429, 500])
async def test_other_answers_are_not_repeated(status: int) -> None:
    up = Upstream(status)
    assert (await up.client().request("GET", "x")).status == status
    assert len(up.requests) == 1


async def test_a_post_is_repeated_only_with_an_idempotency_key_or_when_told() -> None:
    plain, keyed, told, untold = Upstream(503, 200), Upstream(503, 200), Upstream(503, 200), Upstream(503, 200)
    assert (await plain.client().request("POST", "x")).status == 503
    assert (await keyed.client().request("POST", "x", idempotency_key="k")).status == 200
    assert (await told.client().request("POST", "x", retry=True)).status == 200
    assert (await untold.client().request("GET", "x", retry=False)).status == 503


async def test_a_service_that_names_a_time_to_wait_is_obeyed_or_not_asked_again() -> None:
    soon = Upstream(httpx.Response(503, headers={"retry-after": "1"}), 200)
    late = Upstream(httpx.Response(503, headers={"retry-after": "60"}), 200)
    assert (await soon.client().request("GET", "x")).status == 200
    assert soon.slept_s == [1.0]
    with pytest.raises(UpstreamUnavailable) as caught:
        (await late.client().request("GET", "x")).expect(200)
    assert caught.value.retry_after_s == 60
    assert len(late.requests) == 1


async def test_a_date_to_wait_for_is_understood() -> None:
    reply = (
        await Upstream(httpx.Response(429, headers={"retry-after": "Mon, 01 Jun 2026 00:01:00 GMT"}))
        .client()
        .request("GET", "x")
    )
    assert reply.retry_after_s(NOW) == 60
    nonsense = await Upstream(httpx.Response(429, headers={"retry-after": "soon"})).client().request("GET", "x")
    assert nonsense.retry_after_s(NOW) is None


async def test_a_total_outage_multiplies_the_traffic_by_at_most_a_tenth() -> None:
    up = Upstream(503)
    client = up.client(breaker=CircuitBreaker(threshold=10**9), budget=RetryBudget(monotonic=lambda: 0.0))
    for _ in range(1000):
        await client.request("GET", "x")
    assert 1000 < len(up.requests) <= 1100


async def test_a_service_that_keeps_failing_is_left_alone_and_probed_once() -> None:
    clock = [0.0]
    up = Upstream(httpx.ConnectError("x"))
    breaker = CircuitBreaker(threshold=3, open_s=5.0, monotonic=lambda: clock[0])
    client = up.client(breaker=breaker, retry_delays_s=())
    for _ in range(10):
        with pytest.raises(UpstreamUnavailable):
            await client.request("GET", "x")
    assert len(up.requests) == 3
    clock[0] = 5.1
    up.script = [hangs]
    probe = asyncio.ensure_future(client.request("GET", "x"))
    await asyncio.sleep(0.01)
    with pytest.raises(UpstreamUnavailable):
        await client.request("GET", "x")
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    up.script = [200]
    for _ in range(5):
        assert (await client.request("GET", "x")).status == 200


async def test_a_failed_probe_opens_the_breaker_again() -> None:
    clock = [0.0]
    breaker = CircuitBreaker(threshold=1, open_s=5.0, monotonic=lambda: clock[0])
    breaker.failed()
    assert breaker.refused_for_s() == 5.0
    clock[0] = 6.0
    assert breaker.refused_for_s() is None
    breaker.failed()
    assert breaker.refused_for_s() == 5.0


async def test_refusals_do_not_open_the_breaker() -> None:
    up = Upstream(404)
    client = up.client(breaker=CircuitBreaker(threshold=2))
    for _ in range(5):
        assert (await client.request("GET", "x")).status == 404


async def test_a_silent_service_is_a_timeout_at_the_total_limit() -> None:
    with pytest.raises(UpstreamTimeout):
        await Upstream(hangs).client(timeout_s=0.06).request("GET", "x")


async def test_a_service_that_answers_byte_by_byte_ends_at_the_total_limit() -> None:
    slow = Stream(*[b"x"] * 100, pause_s=0.02)
    with pytest.raises(UpstreamTimeout):
        await Upstream(httpx.Response(200, stream=slow)).client(timeout_s=0.06).request("GET", "x")
    assert slow.taken < 5


async def test_the_callers_deadline_bounds_the_call_and_is_told_apart() -> None:
    with deadline(0.08), pytest.raises(UpstreamDeadline):
        await Upstream(hangs).client(timeout_s=3600).request("GET", "x")
    up = Upstream(200)
    with deadline(0.01), pytest.raises(UpstreamDeadline):
        await up.client().request("GET", "x")
    assert up.requests == []


async def test_impatient_callers_do_not_open_the_breaker() -> None:
    up = Upstream(hangs)
    client = up.client(breaker=CircuitBreaker(threshold=1))
    with deadline(0.05), pytest.raises(UpstreamDeadline):
        await client.request("GET", "x")
    up.script = [200]
    assert (await client.request("GET", "x")).status == 200


async def test_an_answer_over_the_limit_is_not_read_to_its_end() -> None:
    endless = Stream(*[b"x" * 1000] * 1000)
    with pytest.raises(BadUpstreamResponse, match="5000 bytes"):
        await Upstream(httpx.Response(200, stream=endless)).client().request("GET", "x", max_response_bytes=5000)
    assert endless.taken == 6


async def test_a_compressed_bomb_is_stopped_at_the_limit() -> None:
    bomb = gzip.compress(bytes(30_000_000))
    reply = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Stream(bomb))
    client = Upstream(reply).client()
    tracemalloc.start()
    with pytest.raises(BadUpstreamResponse, match="more than"):
        await client.request("GET", "x", max_response_bytes=100_000)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


async def test_a_compressed_answer_is_read() -> None:
    packed = gzip.compress(b'{"value":3}')
    reply = httpx.Response(
        200, headers={"content-encoding": "gzip"}, stream=Stream(*(packed[i : i + 1] for i in range(len(packed))))
    )
    assert (await Upstream(reply).client().request("GET", "x", max_response_bytes=11)).decode(Answer) == Answer(3)


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", gzip.compress(b'{"value":3}')[:-9]), ("gzip", b"no gzip"), ("br", b"x")]
)
async def test_damaged_or_unknown_compression_is_a_bad_response(encoding: str, body: bytes) -> None:
    reply = httpx.Response(200, headers={"content-encoding": encoding}, stream=Stream(body))
    with pytest.raises(BadUpstreamResponse):
        await Upstream(reply).client().request("GET", "x")


@pytest.mark.parametrize(
    "content", [b"", b"<html>canary", b'{"value":"canary"}', b'{"value":3', b"[" * 50_000, b"\xff", b'{"canary":1}']
)
async def test_an_answer_of_another_shape_is_a_bad_response_that_does_not_quote_it(content: bytes) -> None:
    answer = await Upstream(httpx.Response(200, content=content)).client().request("GET", "x")
    with pytest.raises(BadUpstreamResponse) as caught:
        answer.decode(Answer)
    assert "canary" not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {answer!r}"


async def test_an_unexpected_status_carries_the_problem_and_hides_the_body() -> None:
    body = msgspec.json.encode(Problem("Conflict", 409, "canary", "reauth_required", "abcd1234"))
    answer = await Upstream(httpx.Response(409, content=body)).client().request("GET", "x")
    with pytest.raises(UpstreamRefused) as caught:
        answer.expect(200, 404)
    assert (caught.value.status, caught.value.problem.code) == (409, "reauth_required")
    assert "canary" not in str(caught.value)
    no_problem = await Upstream(httpx.Response(403, content=b"<html>canary")).client().request("GET", "x")
    with pytest.raises(UpstreamRefused) as refused:
        no_problem.expect(200)
    assert (refused.value.problem, "canary" in repr(refused.value)) == (None, False)
    broken = await Upstream(httpx.Response(500, content=b"canary")).client().request("GET", "x")
    with pytest.raises(UpstreamUnavailable) as outage:
        broken.expect(200)
    assert outage.value.reason == "status 500"


async def test_redirects_are_not_followed_and_cookies_not_kept() -> None:
    up = Upstream(httpx.Response(302, headers={"location": "http://evil/", "set-cookie": "a=b"}), 200)
    client = up.client()
    assert (await client.request("GET", "x")).status == 302
    await client.request("GET", "x")
    assert "cookie" not in up.requests[1].headers
    assert {request.url.host for request in up.requests} == {"up"}


async def test_failures_are_logged_and_counted_without_any_secret() -> None:
    metrics = Metrics()
    up = Upstream(httpx.ConnectError("canary http://up/base/x?token=canary"))
    client = up.client(metrics=metrics, headers={"X-API-Key": Secret("canary")}, retry_delays_s=())
    with structlog.testing.capture_logs() as events, pytest.raises(UpstreamUnavailable) as caught:
        await client.request("GET", "x", params={"token": "canary"}, headers={"Authorization": "Bearer canary"})
    text = (await metrics.render()).decode()
    assert '{endpoint="GET /base/x",outcome="UpstreamUnavailable",service="predictor"} 1.0' in text
    assert events == [
        {"service": "predictor", "reason": "ConnectError", "event": "upstream_failed", "log_level": "warning"}
    ]
    assert "canary" not in f"{events} {text} {caught.value!r} {client!r} {caught.value.__cause__!r}"
    await client.close()


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    assert issubclass(UpstreamTimeout, UpstreamUnavailable)
    assert all(issubclass(kind, UpstreamError) for kind in (UpstreamDeadline, BadUpstreamResponse, UpstreamRefused))
    assert not issubclass(UpstreamDeadline, UpstreamUnavailable)


def test_a_budget_comes_back_with_time_and_never_exceeds_its_capacity() -> None:
    clock = [0.0]
    budget = RetryBudget(ratio=0.0, floor_per_s=1.0, capacity=2, monotonic=lambda: clock[0])
    assert [budget.withdraw() for _ in range(3)] == [True, True, False]
    clock[0] = 100.0
    assert [budget.withdraw() for _ in range(3)] == [True, True, False]
