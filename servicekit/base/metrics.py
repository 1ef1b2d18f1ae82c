"""What Prometheus may read: one registry per app, no names of people or addresses in any label."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

import structlog
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from servicekit.base.spans import SpanSink

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_SERVER_ERROR = 500
_REST = 50
"""A slow reading rests for so many times as long as it took: it uses a fiftieth of the time at most."""

Hook = Callable[[], Awaitable[None]]


class Metrics:
    """The measurements of one app."""

    def __init__(
        self, *, hook_timeout_s: float = 2.0, slow_s: float = 0.2, now_s: Callable[[], float] = monotonic
    ) -> None:
        self._hook_timeout_s = hook_timeout_s
        self._slow_s = slow_s
        self._now_s = now_s
        self._rests_until_s: dict[Hook, float] = {}
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = self.counter("http_requests", "Requests answered.", ["method", "path", "status"])
        self._request_s = self.histogram(
            "http_request_duration_seconds", "Time to answer a request.", labels=["method", "path"]
        )
        self._upstream = self.counter(
            "upstream_requests", "Attempts to call another service.", ["service", "endpoint", "outcome"]
        )
        self._upstream_s = self.histogram(
            "upstream_request_duration_seconds",
            "Time of one attempt to call another service.",
            labels=["service", "endpoint"],
        )
        # to find what it is counted by costs a request more than to count it
        self._of_kind: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._hooks: list[Hook] = []
        self.spans: SpanSink | None = None
        """Told of each span too, where traces are exported."""
        self.answered = 0
        """Requests since the start, and those of them that failed by our own fault."""
        self.failed = 0

    def request(self, method: str, path: str, status: int, duration_s: float) -> None:
        """Count one answered request; `path` is the template, never the address itself."""
        kind = (method, path, status)
        if (known := self._of_kind.get(kind)) is None:
            known = self._requests.labels(method, path, str(status)), self._request_s.labels(method, path)
            self._of_kind[kind] = known
        counted, lasted = known
        counted.inc()
        lasted.observe(duration_s)
        self.answered += 1
        self.failed += status >= _SERVER_ERROR

    def upstream(self, service: str, endpoint: str, outcome: str, duration_s: float) -> None:
        """Count one attempt to call another service; `endpoint` names nobody, `outcome` is one of a few words."""
        self._upstream.labels(service, endpoint, outcome).inc()
        self._upstream_s.labels(service, endpoint).observe(duration_s)

    def gauge(self, name: str, description: str, labels: Sequence[str] = ()) -> Gauge:
        """A further gauge, for instance of jobs by state."""
        return Gauge(name, description, labels, registry=self.registry)

    def counter(self, name: str, description: str, labels: Sequence[str] = ()) -> Counter:
        """A further counter."""
        return Counter(name, description, labels, registry=self.registry)

    def histogram(
        self, name: str, description: str, buckets_s: Sequence[float] = _BUCKETS_S, *, labels: Sequence[str] = ()
    ) -> Histogram:
        """A further histogram of seconds."""
        return Histogram(name, description, labels, buckets=buckets_s, registry=self.registry)

    def before_scrape(self, hook: Hook) -> None:
        """Let `hook` set its gauges before each reading; one that fails or hangs is skipped and logged.

        One that takes long is skipped too for a while, so that the size of what it counts does not become a load.
        """
        self._hooks.append(hook)

    async def render(self) -> bytes:
        """All measurements in the text format of Prometheus."""
        await asyncio.gather(*(self._run(hook) for hook in self._hooks))
        return generate_latest(self.registry)

    async def _run(self, hook: Hook) -> None:
        begun_s = self._now_s()
        if begun_s < self._rests_until_s.get(hook, begun_s):
            return
        try:
            async with asyncio.timeout(self._hook_timeout_s):
                await hook()
        except Exception as error:  # noqa: BLE001 - a broken gauge must not hide the other measurements
            structlog.get_logger(__name__).warning("metrics_hook_failed", reason=type(error).__name__)
        took_s = self._now_s() - begun_s
        if took_s > self._slow_s:
            self._rests_until_s[hook] = begun_s + _REST * took_s


def metrics_route(metrics: Metrics) -> HTTPRouteHandler:
    """GET /metrics."""

    @get("/metrics", include_in_schema=False, operation_id="Metrics")
    async def read_metrics() -> Response[bytes]:
        return Response(await metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return read_metrics
