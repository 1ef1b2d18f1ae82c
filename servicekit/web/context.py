"""The outermost layer around an app: identity, deadline, security headers, access log and metrics of every answer.

It stands outside of Litestar because Litestar's own middleware never sees a 404, a 405 or a crash.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

import structlog
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send

from servicekit.base.correlation import (
    DEADLINE_AT_S,
    DEADLINE_HEADER,
    REQUEST_ID,
    REQUEST_ID_HEADER,
    TRACE_HEADER,
    TRACEPARENT,
    accept_deadline_s,
    accept_request_id,
    accept_traceparent,
)
from servicekit.base.metrics import Metrics
from servicekit.web.problems import INTERNAL_ERROR, ProblemRule, bare_answer, render_problem

_LATE: Final = ProblemRule(
    504, "deadline_exceeded", detail="The time the caller gave for this request ran out before the answer was ready."
)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
_UNMATCHED: Final = "(unmatched)"
_REQUEST_ID: Final = REQUEST_ID_HEADER.lower().encode()
_SECURITY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
_CSP: Final = b"content-security-policy"
_OF_ANSWERS: Final = (*_SECURITY, (_CSP, b"default-src 'none'; frame-ancestors 'none'"))
_OF_PAGES: Final = (
    *_SECURITY,
    (_CSP, b"default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
)
_NO_ANSWER: Final = 499


class RequestContext:
    """An ASGI app around another one. Anything but HTTP (lifespan, websockets) passes through untouched."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics | None = None, max_duration_s: float | None = None) -> None:
        """`max_duration_s` bounds requests whose caller sent no deadline, or a later one."""
        self.app = app
        self.metrics = metrics
        self._max_duration_s = max_duration_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        headers = Headers.from_scope(scope)
        left_s = self._left_s(accept_deadline_s(_single(headers, DEADLINE_HEADER)))
        identity = REQUEST_ID.set(accept_request_id(_single(headers, REQUEST_ID_HEADER)))
        trace = TRACEPARENT.set(accept_traceparent(_single(headers, TRACE_HEADER)))
        deadline = DEADLINE_AT_S.set(None if left_s is None else time.monotonic() + left_s)
        try:
            await self._answer(scope, receive, _Reply(send, left_s))
        finally:
            DEADLINE_AT_S.reset(deadline)
            TRACEPARENT.reset(trace)
            REQUEST_ID.reset(identity)

    def _left_s(self, presented_s: float | None) -> float | None:
        limits = [limit for limit in (presented_s, self._max_duration_s) if limit is not None]
        return min(limits, default=None)

    async def _answer(self, scope: HTTPScope, receive: Receive, reply: _Reply) -> None:
        begun_s = time.perf_counter()
        try:
            await self._within_deadline(scope, receive, reply)
        except Exception as error:
            structlog.get_logger(__name__).error("request_crashed", exc_info=error)
            if reply.status is not None:
                raise  # half an answer is out: the server has to break the connection
            await reply.problem(INTERNAL_ERROR)
        finally:
            self._record(scope, reply.status, time.perf_counter() - begun_s)

    async def _within_deadline(self, scope: HTTPScope, receive: Receive, reply: _Reply) -> None:
        try:
            async with reply.timeout:
                if not reply.spent:
                    await self.app(scope, receive, reply)
        except TimeoutError:
            if not reply.timeout.expired():
                raise
        if reply.status is None and (reply.spent or reply.timeout.expired()):
            await reply.problem(_LATE)

    def _record(self, scope: HTTPScope, status: int | None, duration_s: float) -> None:
        path = str(scope.get("path_template") or _UNMATCHED)
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        answered = status or _NO_ANSWER
        if self.metrics is not None:
            self.metrics.request(method, path, answered, duration_s)
        structlog.get_logger("servicekit.access").log(
            logging.DEBUG if path in _QUIET else logging.INFO,
            "request",
            method=method,
            path=path,
            status=answered,
            duration_ms=round(duration_s * 1000, 1),
        )


class _Reply:
    """The way back to the caller: adds the headers every answer has and stops the deadline once the answer begins."""

    def __init__(self, send: Send, left_s: float | None) -> None:
        self.status: int | None = None
        self.spent = left_s is not None and left_s <= 0
        self.timeout = asyncio.timeout(None if self.spent else left_s)
        self._send = send

    async def __call__(self, message: Message) -> None:
        if self.status is None:
            if self.timeout.expired():
                return  # the app answers although it was cancelled: the caller gets the 504
            if message["type"] == "http.response.start":
                self.timeout.reschedule(None)
                self._begin(message)
        await self._send(message)

    def _begin(self, message: HTTPResponseStartEvent) -> None:
        self.status = message["status"]
        # the server sends these bytes as they are; to read and write them as text is a tenth of a small answer
        given = {name.lower(): value for name, value in message["headers"]}
        own = _OF_PAGES if given.get(b"content-type", b"").startswith(b"text/html") else _OF_ANSWERS
        request_id = (_REQUEST_ID, (REQUEST_ID.get() or "").encode("latin-1"))
        message["headers"] = [
            *(header for header in message["headers"] if header[0].lower() != _REQUEST_ID),
            request_id,
            *(header for header in own if header[0] not in given),
        ]

    async def problem(self, rule: ProblemRule) -> None:
        """Answer with a problem instead of the app."""
        start, body = bare_answer(rule.status, *render_problem(rule))
        self._begin(start)
        await self._send(start)
        await self._send(body)


def _single(headers: Headers, name: str) -> str | None:
    values = headers.getall(name, [])
    return values[0] if len(values) == 1 else None
