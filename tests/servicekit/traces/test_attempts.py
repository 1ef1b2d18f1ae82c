"""Each attempt at another service is a span, which that service is told as its cause."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from servicekit.base.correlation import REQUEST_ID, TRACEPARENT
from servicekit.base.metrics import Metrics
from servicekit.base.spans import EndedSpan
from servicekit.http.errors import UpstreamError, UpstreamTimeout
from servicekit.http.lines import LineClient
from tests.servicekit.test_http import Upstream, hangs

TRACE, SPAN, FLAGS = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "01"
OURS = f"00-{TRACE}-{SPAN}-{FLAGS}"
CANARY = "canary0token"


@pytest.fixture(autouse=True)
async def within_a_request() -> Any:
    identity, trace = REQUEST_ID.set("abcd1234"), TRACEPARENT.set(OURS)
    yield
    TRACEPARENT.reset(trace)
    REQUEST_ID.reset(identity)


def sent(up: Upstream) -> Iterator[str]:
    return (request.headers["traceparent"] for request in up.requests)


async def test_every_attempt_is_told_by_its_own_id(told: list[EndedSpan], metrics: Metrics):
    up = Upstream(503, httpx.ConnectError(CANARY), 200)
    client = up.client(internal=True, metrics=metrics, retry_delays_s=(0.1, 0.1))
    await client.request("GET", f"athletes/{CANARY}", params={"key": CANARY}, headers={"X-Key": CANARY})
    outcomes = [{"http.response.status_code": 503}, {"error.type": "UpstreamUnavailable"}]
    asked = {"http.request.method": "GET", "peer.service": "predictor", "ayda.request_id": "abcd1234"}
    assert [(span.attributes, span.failed) for span in told] == [
        *(({**asked, **outcome}, True) for outcome in outcomes),
        ({**asked, "http.response.status_code": 200}, False),
    ]
    assert list(sent(up)) == [f"00-{TRACE}-{span.span_id}-{FLAGS}" for span in told]
    assert len({span.span_id for span in told}) == 3
    assert {(span.trace_id, span.parent_id, span.kind) for span in told} == {(TRACE, SPAN, "client")}
    assert {span.name for span in told} == {"GET /base/athletes/{id}"}
    assert CANARY not in repr(told)
    assert TRACEPARENT.get() == OURS


async def test_who_is_not_answered_in_time_is_told_of_too(told: list[EndedSpan], metrics: Metrics):
    with pytest.raises(UpstreamTimeout):
        await Upstream(hangs).client(metrics=metrics, timeout_s=0.01).request("GET", "x")
    assert [(span.failed, span.attributes["error.type"]) for span in told] == [(True, "CancelledError")]


async def test_a_call_that_nothing_caused_begins_a_trace(told: list[EndedSpan], metrics: Metrics):
    up = Upstream(200)
    TRACEPARENT.set(None)
    await up.client(internal=True, metrics=metrics).request("GET", "x")
    assert told[0].parent_id is None
    assert [header.split("-")[1:3] for header in sent(up)] == [[told[0].trace_id, told[0].span_id]]


async def test_without_a_sink_the_other_service_is_told_the_request_itself():
    up = Upstream(200)
    await up.client(internal=True, metrics=Metrics()).request("GET", "x")
    assert list(sent(up)) == [OURS]


@pytest.mark.parametrize(("status", "failed"), [(200, False), (422, True)])
async def test_an_answer_in_lines_is_told_when_it_begins(
    status: int, failed: bool, told: list[EndedSpan], metrics: Metrics, tmp_path: Path
):
    up, file = Upstream(status), tmp_path / "body"
    file.write_bytes(b"x")
    options: dict[str, Any] = {"transport": httpx.MockTransport(up.answer), "internal": True, "metrics": metrics}
    try:
        async with (
            asyncio.timeout(60),
            LineClient("http://up", "predictor", **options).lines(
                "POST", "pasts", params={}, content=file, headers={}, idle_s=60, timeout_s=60
            ),
        ):
            assert [span.failed for span in told] == [False]
    except UpstreamError:
        assert failed
    assert [(span.failed, span.attributes["http.response.status_code"]) for span in told] == [(failed, status)]
    assert list(sent(up)) == [f"00-{TRACE}-{told[0].span_id}-{FLAGS}"]
