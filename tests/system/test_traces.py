"""S7 for who collects traces: a member's whole life as trees of spans over both services, in which no secret is."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from ayda_service.app import create_app
from ayda_service.parts import assemble
from servicekit.base.clock import utc_now
from servicekit.base.metrics import Metrics
from servicekit.base.settings import Secret
from servicekit.traces.export import TraceSettings
from tests.ayda.support import BOT_TOKEN, eventually
from tests.canary_watch import CanaryWatch, forms
from tests.drills.both_services import ayda_settings, both_services
from tests.drills.reporting import report
from tests.drills.test_f1_database_trouble import OWN_APP
from tests.predictor.support import lifespan_of
from tests.system.test_no_scans import lived

pytestmark = pytest.mark.system
KEY = "canary-key-of-the-collector"
KINDS = {
    Span.SPAN_KIND_SERVER: "server",
    Span.SPAN_KIND_CLIENT: "client",
    Span.SPAN_KIND_CONSUMER: "consumer",
    Span.SPAN_KIND_INTERNAL: "internal",
}
TOLD = {
    "server": {"http.request.method", "http.route", "http.response.status_code", "ayda.request_id"},
    "client": {
        "http.request.method", "peer.service", "http.response.status_code", "error.type", "ayda.request_id",
        "db.system.name", "code.function.name",
    },
    "internal": {"ayda.file", "error.type", "ayda.request_id"},
    "consumer": {"ayda.job", "ayda.outcome", "ayda.request_id"},
}  # fmt: skip
"""All that a span of a kind may say."""
WHOLE = [
    ("ayda", "server"), ("ayda", "consumer"), ("ayda", "client"), ("predictor", "server"), ("predictor", "consumer"),
]  # fmt: skip
"""What a request causes in both services and in the jobs of both."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A span as a collector has it."""

    service: str
    kind: str
    name: str
    trace: bytes
    own: bytes
    parent: bytes
    told: dict[str, Any]


class Collector:
    """Takes OTLP over HTTP as one does."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.keys: set[str | None] = set()
        self.url = ""

    def spans(self) -> list[Seen]:
        return [
            Seen(
                next(each.value.string_value for each in of.resource.attributes if each.key == "service.name"),
                KINDS[span.kind], span.name, span.trace_id, span.span_id, span.parent_span_id,
                {each.key: each.value.string_value or each.value.int_value for each in span.attributes},
            )
            for body in self.bodies
            for of in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in of.scope_spans
            for span in scope.spans
        ]  # fmt: skip


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.keys.add(self.headers["authorization"])
            collector.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_words: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def way_to(span: Seen, known: Mapping[tuple[bytes, bytes], Seen]) -> list[tuple[str, str]]:
    """From the beginning of the trace down to this span."""
    above = known.get((span.trace, span.parent))
    return [*([] if above is None else way_to(above, known)), (span.service, span.kind)]


async def test_a_members_life_is_seen_as_whole_trees_in_which_no_canary_is(tmp_path: Path, canary_watch: CanaryWatch):
    with collecting() as collector:
        traces = TraceSettings(endpoint=collector.url, headers={"authorization": Secret(KEY)})
        own: dict[str, Any] = {"worker_embedded": True, "traces": traces, **OWN_APP}
        erasures = tmp_path / "ayda.erasures"
        async with both_services(tmp_path, of_predictor=own, erasures_file=erasures, traces=traces) as both:
            await lived(both)
            asked = [*both.to_predictor.asked, *both.to_ayda.asked]
    spans = collector.spans()
    known = {(span.trace, span.own) for span in spans}
    kinds = Counter((span.service, span.kind) for span in spans)
    roots = Counter(span.trace for span in spans if not span.parent)
    report("S7 spans", traces=len(roots), **{f"{service}_{kind}": count for (service, kind), count in kinds.items()})

    assert collector.keys == {KEY}
    assert min(kinds[service, kind] for service in ("ayda", "predictor") for kind in TOLD) > 0, kinds
    assert len(known) == len(spans), "a span came twice"
    assert [span for span in spans if span.parent and (span.trace, span.parent) not in known] == []
    assert roots.keys() == {span.trace for span in spans}
    assert max(roots.values()) == 1

    assert WHOLE in [way_to(span, {(each.trace, each.own): each for each in spans}) for span in spans]

    assert [span for span in spans if not span.told.keys() <= TOLD[span.kind]] == []
    canaries = canary_watch.canaries | {KEY, BOT_TOKEN}
    everything = b"".join(collector.bodies)
    assert [canary for canary in canaries if any(form in everything for form in forms(canary))] == []
    assert len(canary_watch.access) > 0, "no token was there to be found"
    said = "\n".join(text for span in spans for text in (span.name, *map(str, span.told.values())))
    assert not any(mark in said for mark in "?=&%"), "a query, or what Telegram signs"
    ids = {part for path, _ in asked for part in path.split("/") if any(map(str.isdigit, part)) and len(part) > 2}
    assert len(ids) > 3, "nobody's id was there to be found"
    assert [each for each in ids if each in said] == []


async def test_a_process_that_only_works_has_a_name_of_its_own(tmp_path: Path):
    with collecting() as collector:
        settings = ayda_settings(tmp_path, traces=TraceSettings(endpoint=collector.url))
        parts = assemble(settings, now=utc_now)
        work = asyncio.create_task(parts.work())
        await eventually(lambda: any(runs(parts.metrics)), within_s=60)
        work.cancel()
        await asyncio.wait([work])
    spans = collector.spans()
    assert {span.service for span in spans} == {"ayda-worker"}
    # who looks for jobs does so for nobody
    assert {span.kind for span in spans if not span.parent} == {"consumer"}


async def test_a_collector_that_is_away_changes_no_answer_and_no_job(tmp_path: Path):
    settings = ayda_settings(tmp_path, traces=TraceSettings(endpoint="http://127.0.0.1:9/v1/traces"))
    app = create_app(settings, now=utc_now)
    async with lifespan_of(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ayda.test") as http:
            answers = [(await http.get("/health/live")).status_code for _ in range(1_000)]
        await eventually(lambda: any(runs(app.metrics)), within_s=60)
        ends = set(runs(app.metrics))
    assert set(answers) == {200}
    assert "failed" not in ends


def runs(metrics: Metrics) -> Iterator[str]:
    """How runs of jobs ended."""
    for family in metrics.registry.collect():
        if family.name == "job_runs":
            yield from (sample.labels["outcome"] for sample in family.samples if sample.name == "job_runs_total")
