"""What every server must refuse of a request's head, as far as it can be seen from inside of it.

A request whose length, host or version two readers may understand differently lets a stranger hide a second one in
it (request smuggling). Servers refuse most of these themselves; this is for what one of them lets through.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from servicekit.web.head import Head, head_of
from servicekit.web.limits import Limits
from servicekit.web.problems import ProblemRule, bare_answer, render_problem

_AMBIGUOUS: Final = ProblemRule(
    400, "ambiguous_request", detail="The request can be understood in more than one way, so it was not answered."
)
_TOO_LARGE: Final = ProblemRule(
    431, "headers_too_large", detail="The request line and the headers are longer than is allowed."
)
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_LENGTH: Final = b"content-length"
_CODING: Final = b"transfer-encoding"
_ONCE: Final = frozenset({b"host", _LENGTH, _CODING})


class Framing:
    """An ASGI app around another one, which only ever sees requests with one meaning and of a bounded size."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        rule = self._refusal(scope) if scope["type"] == ScopeType.HTTP else None
        return self._app(scope, receive, send) if rule is None else self._refuse(rule, send)

    @staticmethod
    async def _refuse(rule: ProblemRule, send: Send) -> None:
        body, headers = render_problem(rule)
        for message in bare_answer(rule.status, body, {**headers, "connection": "close"}):
            await send(message)

    def _refusal(self, scope: HTTPScope) -> ProblemRule | None:
        head = head_of(scope)
        size_bytes = len(scope["raw_path"]) + len(scope["query_string"]) + head.size_bytes
        if size_bytes > self._limits.head_bytes or head.count > self._limits.head_fields:
            return _TOO_LARGE
        return None if _has_one_meaning(scope["http_version"], head) else _AMBIGUOUS


def _has_one_meaning(version: str, head: Head) -> bool:
    """Whether all who read this head agree for whom it is and where the request ends (RFC 9112, 3.2 and 6)."""
    if version not in _VERSIONS or not _ONCE.isdisjoint(head.repeated):
        return False
    coding = head.fields.get(_CODING)
    if coding is None:
        return True
    return _LENGTH not in head.fields and version != "1.0" and coding.strip().lower() == b"chunked"
