"""Our spans handed to OpenTelemetry's SDK, which sends them in batches from a thread of its own.

Nothing here waits for the collector but that thread. What it cannot send is lost, and said once a minute.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from servicekit.base.spans import EndedSpan

TIMEOUT_S: Final = 5.0
"""Of one batch, with its repeats."""
FLUSH_S: Final = 1.0
"""How long the end of a process waits for what is not sent yet."""
_GIVE_UP_S: Final = 0.5
"""And then for a call that is given up."""
_LIBRARY_LOG: Final = "opentelemetry.exporter"
_KINDS: Final = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}
_SCOPE: Final = InstrumentationScope("ayda")
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_OK: Final = Status(StatusCode.UNSET)
_FAILED: Final = Status(StatusCode.ERROR)


class Telling(SpanExporter):
    """An exporter whose troubles are told in our words: the library would quote addresses and answers."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._closed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Whether they were taken; never raises."""
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # noqa: BLE001 - whatever it was, the spans are lost and nothing else
            _tell(len(spans), type(error).__name__)
            return SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            _tell(len(spans), "not taken")
        return result

    def shutdown(self) -> None:
        """Gives up what is under way; harmless when done again."""
        if not self._closed:
            self._closed = True
            self._exporter.shutdown()


class Export:
    """A sink for spans that sends them to a collector."""

    def __init__(self, exporter: SpanExporter, service_name: str, *, share: float = 1.0) -> None:
        """Its thread begins at once. `share` of the traces, told by their ids, is exported."""
        self._exporter = Telling(exporter)
        self._processor = BatchSpanProcessor(self._exporter)
        self._resource = Resource.create({SERVICE_NAME: service_name})
        self._bound = TraceIdRatioBased.get_bound_for_rate(share)

    def __call__(self, span: EndedSpan) -> None:
        """Keeps it until its batch is sent; without room it is dropped."""
        trace_id = int(span.trace_id, 16)
        if trace_id & TraceIdRatioBased.TRACE_ID_LIMIT >= self._bound:
            return
        parent = None if span.parent_id is None else SpanContext(trace_id, int(span.parent_id, 16), is_remote=True)
        self._processor.on_end(
            ReadableSpan(
                span.name,
                context=SpanContext(trace_id, int(span.span_id, 16), is_remote=False, trace_flags=_SAMPLED),
                parent=parent,
                resource=self._resource,
                attributes=span.attributes,
                kind=_KINDS[span.kind],
                status=_FAILED if span.failed else _OK,
                start_time=span.begun_ns,
                end_time=span.ended_ns,
                instrumentation_scope=_SCOPE,
            )
        )

    async def close(self, *, within_s: float = FLUSH_S) -> None:
        """Sends what is left, as far as that takes no longer; the rest is lost."""
        loop, sent = asyncio.get_running_loop(), asyncio.Event()

        def flush() -> None:
            self._processor.shutdown()  # type: ignore[no-untyped-call]
            with suppress(RuntimeError):  # nobody waits any more, and the loop has ended
                loop.call_soon_threadsafe(sent.set)

        # no thread of the loop's own, for which its end would wait
        threading.Thread(target=flush, name="spans-flush", daemon=True).start()
        if not await _happened(sent, within_s):
            self._exporter.shutdown()
            if not await _happened(sent, _GIVE_UP_S):
                structlog.get_logger(__name__).warning("spans_not_exported", reason="no time left")


def to_collector(endpoint: str, headers: Mapping[str, str]) -> SpanExporter:
    """What sends to a collector by HTTP and protobuf."""
    logging.getLogger(_LIBRARY_LOG).setLevel(logging.CRITICAL)
    return OTLPSpanExporter(endpoint, headers=headers, timeout=TIMEOUT_S)


async def _happened(event: asyncio.Event, within_s: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), within_s)
    return event.is_set()


def _tell(count: int, reason: str) -> None:
    structlog.get_logger(__name__).warning("spans_not_exported", spans=count, reason=reason)
