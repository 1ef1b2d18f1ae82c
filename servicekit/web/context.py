"""The outermost layer around an app: identity, deadline, security headers, access log and metrics of every answer.

It stands outside of Litestar because Litestar's own middleware never sees a 404, a 405 or a crash.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import structlog
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
from servicekit.base.deadlines import Deadlines, Within
from servicekit.base.metrics import Metrics
from servicekit.base.spans import ended_span
from servicekit.data.patience import REQUEST_S, of_a_request
from servicekit.web.head import Head, head_of
from servicekit.web.health import Notice
from servicekit.web.problems import INTERNAL_ERROR, ProblemRule, bare_answer, render_problem

_LATE: Final = ProblemRule(
    504, "deadline_exceeded", detail="The time the caller gave for this request ran out before the answer was ready."
)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
_UNMATCHED: Final = "(unmatched)"
_REQUEST_ID: Final = REQUEST_ID_HEADER.lower().encode()
_Fields = Sequence[tuple[bytes, bytes]]
_SECURITY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
_CSP: Final = b"content-security-policy"
_OF_ANSWERS: Final[_Fields] = (*_SECURITY, (_CSP, b"default-src 'none'; frame-ancestors 'none'"))
_OF_PAGES: Final[_Fields] = (
    *_SECURITY,
    (_CSP, b"default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
)
_ADDED: Final = frozenset({_REQUEST_ID, *(name for name, _ in _OF_ANSWERS)})
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
        notice: Notice | None = None,
    ) -> None:
        """`max_duration_s` bounds requests without a deadline, or with a later one; below `slow_paths` that does.

        A deadline is taken from callers that are trusted: it decides how long work for others goes on.
        """
        self._database_wait_s = database_wait_s
        self.app = app
        self.metrics = metrics
        self.notice = notice or Notice()
        self._max_duration_s = max_duration_s
        self._slow_paths = slow_paths
        self._trusts = trusts
        self._deadlines = Deadlines()
        self._log: structlog.typing.FilteringBoundLogger | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.beside(scope, receive, send)
            return
        head = head_of(scope)
        left_s = self._left_s(scope, head)
        identity = REQUEST_ID.set(accept_request_id(head.single(REQUEST_ID_HEADER)))
        trace = TRACEPARENT.set(accept_traceparent(head.single(TRACE_HEADER)))
        languages = ACCEPTED_LANGUAGES.set(head.single(LANGUAGE_HEADER) or "")
        deadline = DEADLINE_AT_S.set(None if left_s is None else time.monotonic() + left_s)
        reply, begun_s = _Reply(send, self._deadlines.within(left_s), self.notice), time.perf_counter()
        try:
            with of_a_request(self._database_wait_s), reply.deadline:
                if not reply.deadline.expired:
                    await self.app(scope, receive, reply)
            if reply.deadline.expired:
                await reply.problem(_LATE)
        except Exception as error:  # noqa: BLE001 - told to the log and to the caller
            await self._crashed(reply, error)
        finally:
            self._record(scope, reply.status, time.perf_counter() - begun_s)
            DEADLINE_AT_S.reset(deadline)
            ACCEPTED_LANGUAGES.reset(languages)
            TRACEPARENT.reset(trace)
            REQUEST_ID.reset(identity)

    async def beside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is no request."""
        await self.app(scope, receive, send)

    def _left_s(self, scope: HTTPScope, head: Head) -> float | None:
        longest_s = self._max_duration_s
        if self._slow_paths:
            path = head.path(scope)
            longest_s = next((s for prefix, s in self._slow_paths.items() if path.startswith(prefix)), longest_s)
        presented_s = accept_deadline_s(head.single(DEADLINE_HEADER))
        if presented_s is None or not self._trusts(scope):
            return longest_s
        return presented_s if longest_s is None else min(presented_s, longest_s)

    @staticmethod
    async def _crashed(reply: _Reply, error: Exception) -> None:
        if isinstance(error, TimeoutError) and reply.deadline.expired:
            await reply.problem(_LATE)
            return
        structlog.get_logger(__name__).error("request_crashed", exc_info=error)
        if reply.status is not None:
            raise error  # half an answer is out: the server has to break the connection
        await reply.problem(INTERNAL_ERROR)

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
                    caused_by=head_of(scope).single(TRACE_HEADER),
                    lasted_s=duration_s,
                    failed=answered >= INTERNAL_ERROR.status,
                    attributes={**told, "http.response.status_code": answered},
                )
                self.metrics.spans(span)
        if self._log is None:  # made once: to make it costs more than to say nothing
            self._log = structlog.get_logger("servicekit.access").bind()
        self._log.log(
            logging.DEBUG if path in _QUIET else logging.INFO,
            "request",
            method=method,
            path=path,
            status=answered,
            duration_ms=round(duration_s * 1000, 1),
        )


class _Reply:
    """The way back to the caller: adds the headers every answer has and stops the deadline once the answer begins."""

    __slots__ = ("_notice", "_send", "deadline", "status")

    def __init__(self, send: Send, deadline: Within, notice: Notice) -> None:
        self.status: int | None = None
        self.deadline = deadline
        self._send = send
        self._notice = notice

    def __call__(self, message: Message) -> Awaitable[None]:
        if self.status is None:
            if self.deadline.expired:
                return asyncio.sleep(0)  # the app answers although it was cancelled: the caller gets the 504
            if message["type"] == "http.response.start":
                self.deadline.forget()
                self._begin(message)
        return self._send(message)

    def _begin(self, message: HTTPResponseStartEvent) -> None:
        self.status = message["status"]
        # the server sends these bytes as they are; to read and write them as text is a tenth of a small answer
        fields, given = list(message["headers"]), {name.lower(): value for name, value in message["headers"]}
        own = _OF_PAGES if given.get(b"content-type", b"").startswith(b"text/html") else _OF_ANSWERS
        request_id = (_REQUEST_ID, (REQUEST_ID.get() or "").encode("latin-1"))
        if not _ADDED.isdisjoint(given):
            fields = [each for each in fields if each[0].lower() != _REQUEST_ID]
            own = [each for each in own if each[0] not in given]
        message["headers"] = [
            *fields,
            request_id,
            *own,
        ]
        self._notice.part(message)

    async def problem(self, rule: ProblemRule) -> None:
        """Answer with a problem instead of the app."""
        start, body = bare_answer(rule.status, *render_problem(rule))
        self._begin(start)
        await self._send(start)
        await self._send(body)
