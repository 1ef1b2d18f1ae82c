"""What every server must refuse of a request's head, as far as it can be seen from inside of it.

A request whose length, host or version two readers may understand differently lets a stranger hide a second one in
it (request smuggling). Servers refuse most of these themselves; this is for what one of them lets through.
"""

from __future__ import annotations

from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from servicekit.web.limits import Limits
from servicekit.web.problems import ProblemRule, bare_answer, render_problem

_AMBIGUOUS: Final = ProblemRule(
    400, "ambiguous_request", detail="The request can be understood in more than one way, so it was not answered."
)
_TOO_LARGE: Final = ProblemRule(
    431, "headers_too_large", detail="The request line and the headers are longer than is allowed."
)
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_SEPARATORS_BYTES: Final = 4
"""Colon, blank and end of line."""


class Framing:
    """An ASGI app around another one, which only ever sees requests with one meaning and of a bounded size."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rule = self._refusal(scope) if scope["type"] == ScopeType.HTTP else None
        if rule is None:
            await self._app(scope, receive, send)
            return
        body, headers = render_problem(rule)
        for message in bare_answer(rule.status, body, {**headers, "connection": "close"}):
            await send(message)

    def _refusal(self, scope: HTTPScope) -> ProblemRule | None:
        fields = list(scope["headers"])
        target_bytes = len(scope["raw_path"]) + len(scope["query_string"])
        size_bytes = target_bytes + sum(len(name) + len(value) + _SEPARATORS_BYTES for name, value in fields)
        if size_bytes > self._limits.head_bytes or len(fields) > self._limits.head_fields:
            return _TOO_LARGE
        return None if has_one_meaning(scope["http_version"], fields) else _AMBIGUOUS


def has_one_meaning(version: str, fields: list[tuple[bytes, bytes]]) -> bool:
    """Whether all who read this head agree for whom it is and where the request ends (RFC 9112, 3.2 and 6)."""
    hosts = lengths = 0
    codings = []
    for name, value in fields:
        lowered = name.lower()
        hosts += lowered == b"host"
        lengths += lowered == b"content-length"
        if lowered == b"transfer-encoding":
            codings.append(value.strip().lower())
    if version not in _VERSIONS or hosts > 1 or lengths + len(codings) > 1:
        return False
    return not codings or (codings == [b"chunked"] and version != "1.0")
