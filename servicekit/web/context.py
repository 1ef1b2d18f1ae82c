"""The outermost layer around an app: identity, deadline, security headers, access log and metrics of every answer.

It stands outside of Litestar because Litestar's own middleware never sees a 404, a 405 or a crash.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

import structlog
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send

from servicekit.base.correlation import (
    ACCEPTED_LANGUAGES,
    DEADLINE_AT_S,
    DEADLINE_HEADER,
    LANGUAGE_HEADER,
    REQUEST_ID,
    REQUEST_ID_HEADER,
    TRACE_HEADER,
    TRACEPARENT,
    accept_deadline_s,
    accept_request_id,
    accept_traceparent,
)
from servicekit.base.metrics import Metrics
from servicekit.base.spans import ended_span
from servicekit.data.patience import REQUEST_S, of_a_request
from servicekit.web.callers import single
from servicekit.web.flood import path_of
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
_NO_PATHS: Final[Mapping[str, float]] = {}


class RequestContext:
    """An ASGI app around another one. Anything but HTTP (lifespan, websockets) passes through untouched."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics | None = None,
        max_duration_s: float | None = None,
        trusts: Callable[[HTTPScope], bool] = lambda _scope: False,
        database_wait_s: float = REQUEST_S,
        slow_paths: Mapping[str, float] = _NO_PATHS,
    ) -> None:
        """`max_duration_s` bounds requests without a deadline, or with a later one; below `slow_paths` that does.

        A deadline is taken from callers that are trusted: it decides how long work for others goes on.
        """
        self._database_wait_s = database_wait_s
        self.app = app
        self.metrics = metrics
        self._max_duration_s = max_duration_s
        self._slow_paths = slow_paths
        self._trusts = trusts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        headers = Headers.from_scope(scope)
        left_s = self._left_s(scope, accept_deadline_s(single(headers, DEADLINE_HEADER)))
        identity = REQUEST_ID.set(accept_request_id(single(headers, REQUEST_ID_HEADER)))
        trace = TRACEPARENT.set(accept_traceparent(single(headers, TRACE_HEADER)))
        languages = ACCEPTED_LANGUAGES.set(single(headers, LANGUAGE_HEADER) or "")
        deadline = DEADLINE_AT_S.set(None if left_s is None else time.monotonic() + left_s)
        try:
            with of_a_request(self._database_wait_s):
                await self._answer(scope, receive, _Reply(send, left_s))
        finally:
            DEADLINE_AT_S.reset(deadline)
            ACCEPTED_LANGUAGES.reset(languages)
            TRACEPARENT.reset(trace)
            REQUEST_ID.reset(identity)

    def _left_s(self, scope: HTTPScope, presented_s: float | None) -> float | None:
        believed_s = presented_s if presented_s is not None and self._trusts(scope) else None
        path = path_of(scope) if self._slow_paths else ""
        longest_s = next((s for prefix, s in self._slow_paths.items() if path.startswith(prefix)), self._max_duration_s)
        limits = [limit for limit in (believed_s, longest_s) if limit is not None]
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
            if self.metrics.spans is not None:
                told: dict[str, str | int] = {"http.request.method": method, "http.route": path}
                span = ended_span(
                    f"{method} {path}",
                    "server",
                    caused_by=single(Headers.from_scope(scope), TRACE_HEADER),
                    lasted_s=duration_s,
                    failed=answered >= INTERNAL_ERROR.status,
                    attributes={**told, "http.response.status_code": answered},
                )
                self.metrics.spans(span)
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
