"""The outermost layer around an app: identity, deadline, security headers, access log and metrics of every answer.

It stands outside of Litestar because Litestar's own middleware never sees a 404, a 405 or a crash.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from servicekit.correlation import (
    DEADLINE_AT_S,
    DEADLINE_HEADER,
    REQUEST_ID_HEADER,
    TRACE_HEADER,
    TRACEPARENT,
    accept_deadline_s,
    accept_request_id,
    accept_traceparent,
    deadline_remaining_s,
    request_id,
)
from servicekit.metrics import Metrics
from servicekit.problems import INTERNAL_ERROR, ProblemRule, render_problem
from servicekit.request_id import REQUEST_ID

__all__ = ("RequestContext", "deadline_remaining_s", "request_id")

_LATE: Final = ProblemRule(
    504, "deadline_exceeded", detail="The time the caller gave for this request ran out before the answer was ready."
)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
_UNMATCHED: Final = "(unmatched)"
_API_CSP: Final = "default-src 'none'; frame-ancestors 'none'"
_PAGE_CSP: Final = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


class RequestContext:
    """An ASGI app around another one. Anything but HTTP (lifespan, websockets) passes through untouched."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics | None = None, max_duration_s: float | None = None) -> None:
        """`max_duration_s` bounds requests whose caller sent no deadline, or a later one."""
        self.app = app
        self.metrics = metrics
        self._max_duration_s = max_duration_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers.from_scope(scope)
        left_s = self._left_s(accept_deadline_s(_single(headers, DEADLINE_HEADER)))
        identity = REQUEST_ID.set(accept_request_id(_single(headers, REQUEST_ID_HEADER)))
        trace = TRACEPARENT.set(accept_traceparent(_single(headers, TRACE_HEADER)))
        deadline = DEADLINE_AT_S.set(None if left_s is None else time.monotonic() + left_s)
        try:
            await self._answer(scope, receive, _Reply(send, request_id() or ""), left_s)
        finally:
            DEADLINE_AT_S.reset(deadline)
            TRACEPARENT.reset(trace)
            REQUEST_ID.reset(identity)

    def _left_s(self, presented_s: float | None) -> float | None:
        limits = [limit for limit in (presented_s, self._max_duration_s) if limit is not None]
        return min(limits, default=None)

    async def _answer(self, scope: HTTPScope, receive: Receive, reply: _Reply, left_s: float | None) -> None:
        begun_s = time.perf_counter()
        try:
            await self._within_deadline(scope, receive, reply, left_s)
        except Exception as error:
            structlog.get_logger(__name__).error("request_crashed", exc_info=error)
            if reply.started:
                raise
            await reply.problem(INTERNAL_ERROR)
        finally:
            self._record(scope, reply, time.perf_counter() - begun_s)

    async def _within_deadline(self, scope: HTTPScope, receive: Receive, reply: _Reply, left_s: float | None) -> None:
        if left_s is not None and left_s <= 0:
            await reply.problem(_LATE)
            return
        timeout = asyncio.timeout(left_s)
        reply.on_start = timeout
        try:
            async with timeout:
                await self.app(scope, receive, reply)
        except TimeoutError:
            if not timeout.expired() or reply.started:
                raise
        if timeout.expired() and not reply.started:
            reply.late = False
            await reply.problem(_LATE)

    def _record(self, scope: HTTPScope, reply: _Reply, duration_s: float) -> None:
        path = str(scope.get("path_template") or _UNMATCHED)
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        status = reply.status or 499
        if self.metrics is not None:
            self.metrics.request(method, path, status, duration_s)
        log = structlog.get_logger("servicekit.access")
        level = "debug" if path in _QUIET else "info"
        log.log(_LEVELS[level], "request", method=method, path=path, status=status, duration_ms=round(duration_s * 1000, 1))
