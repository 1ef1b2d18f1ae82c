"""Our spans as OpenTelemetry's SDK sends them, and what becomes of them where nobody takes them."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Sequence

import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from opentelemetry.trace.status import StatusCode

from servicekit.base.logs import configure_logs, write_repeats
from servicekit.base.spans import EndedSpan
from servicekit.traces.otlp import Export, Telling, to_collector

TRACE, PARENT, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "b7ad6b7169203331"
HIGH = "0" * 16 + "f" * 16
ENDED = EndedSpan(
    name="GET /x/{id}",
    kind="server",
    trace_id=TRACE,
    span_id=SPAN,
    parent_id=PARENT,
    begun_ns=1_000,
    ended_ns=3_000,
    failed=True,
    attributes={"http.route": "/x/{id}", "http.response.status_code": 503},
)


class Refusing(SpanExporter):
    """Takes nothing."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        self.refused = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.refused += len(spans)
        if self._error is not None:
            raise self._error
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        pass


class Silent(SpanExporter):
    """Waits for a collector that does not answer, until it is told to give up, and obeys or not."""

    def __init__(self, *, obeys: bool = True) -> None:
        self._obeys = obeys
        self.given_up = threading.Event()
        self.held: Sequence[ReadableSpan] = ()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.held = spans
        self.given_up.wait()
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        if self._obeys:
            self.given_up.set()


async def sent(*spans: EndedSpan, share: float = 1.0) -> tuple[ReadableSpan, ...]:
    """What a collector has when the process has ended."""
    collector = InMemorySpanExporter()
    export = Export(collector, "ayda-worker", share=share)
    for span in spans:
        export(span)
    await export.close(within_s=60)
    return collector.get_finished_spans()


async def test_a_span_arrives_with_its_ids_its_times_and_the_name_of_its_process():
    (span,) = await sent(ENDED)
    assert span.context is not None
    assert span.parent is not None
    assert f"{span.context.trace_id:032x}-{span.context.span_id:016x}-{span.parent.span_id:016x}" == (
        f"{TRACE}-{SPAN}-{PARENT}"
    )
    assert (span.name, span.kind, span.start_time, span.end_time) == (ENDED.name, SpanKind.SERVER, 1_000, 3_000)
    assert (span.status.status_code, dict(span.attributes or {})) == (StatusCode.ERROR, ENDED.attributes)
    assert span.resource.attributes["service.name"] == "ayda-worker"


@pytest.mark.parametrize(("trace", "share", "kept"), [(HIGH, 1.0, 1), (HIGH, 0.5, 0), ("0" * 31 + "1", 0.5, 1)])
async def test_a_share_of_the_traces_is_told_by_their_ids_alone(trace: str, share: float, kept: int):
    one = EndedSpan(**{name: getattr(ENDED, name) for name in ENDED.__slots__} | {"trace_id": trace})
    assert len(await sent(one, share=share)) == kept


@pytest.mark.usefixtures("pristine")
def test_a_collector_that_takes_nothing_is_told_once_with_a_count():
    lines = io.StringIO()
    configure_logs("INFO", "json", stream=lines)
    refusing, failing = Telling(Refusing()), Telling(Refusing(ValueError("canary in an answer")))
    for _ in range(3):
        assert refusing.export([]) is SpanExportResult.FAILURE
        assert failing.export([]) is SpanExportResult.FAILURE
    write_repeats()
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(line["event"], line.get("repeated")) for line in told] == [
        ("spans_not_exported", None),
        ("spans_not_exported", 5),
    ]
    assert "canary" not in lines.getvalue()


async def test_the_end_of_a_process_does_not_wait_for_a_silent_collector():
    silent = Silent()
    export = Export(silent, "ayda")
    export(ENDED)
    await export.close(within_s=0.01)
    assert silent.given_up.is_set()


async def test_what_a_process_takes_along_to_its_end_is_said():
    silent = Silent(obeys=False)
    export = Export(silent, "ayda")
    export(ENDED)
    with structlog.testing.capture_logs() as said:
        await export.close(within_s=0.01)
    silent.given_up.set()
    assert [(line["event"], line["reason"]) for line in said] == [("spans_not_exported", "no time left")]


@pytest.mark.system
@pytest.mark.usefixtures("pristine")
async def test_a_collector_that_is_away_is_said_without_its_address_or_key():
    lines = io.StringIO()
    configure_logs("INFO", "json", stream=lines)
    export = Export(to_collector("http://127.0.0.1:9/canary-path", {"authorization": "canary-key"}), "ayda")
    export(ENDED)
    await export.close(within_s=0.01)
    async with asyncio.timeout(60):
        while "spans_not_exported" not in lines.getvalue():  # noqa: ASYNC110 - what is awaited is a plain condition
            await asyncio.sleep(0.01)
    assert {json.loads(line)["event"] for line in lines.getvalue().splitlines()} == {"spans_not_exported"}
    assert "canary" not in lines.getvalue()
