"""Bodies that do not come: whoever sends nothing for a while is told so, under every server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, ReceiveMessage, Scope, Send

from servicekit.base.deadlines import Deadlines
from servicekit.web.head import head_of
from servicekit.web.problems import ProblemRule, bare_answer, render_problem

_WITHOUT: Final = frozenset({"GET", "HEAD"})
_OF_BODIES: Final = frozenset({b"content-length", b"transfer-encoding"})
"""What tells where a body ends; without either there is none."""
_TOO_SLOW: Final = ProblemRule(408, "body_too_slow", detail="The rest of the request did not arrive in time.")


class SlowBodies:
    """An ASGI app around another one; a body that stands still for `idle_s` is to it one whose sender has gone."""

    def __init__(self, app: ASGIApp, idle_s: float) -> None:
        self._app = app
        self._idle_s = idle_s
        self._deadlines = Deadlines()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != ScopeType.HTTP or _has_no_body(scope):
            return self._app(scope, receive, send)
        return self._watch(scope, receive, send)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(receive, send, self._idle_s, self._deadlines)
        try:
            await self._app(scope, body.receive, body.send)
        except Exception:
            if not body.is_given_up:
                raise
        if body.is_given_up:
            await body.refuse()


def _has_no_body(scope: HTTPScope) -> bool:
    return scope["method"] in _WITHOUT and _OF_BODIES.isdisjoint(head_of(scope).fields)


class _Body:
    __slots__ = ("_deadlines", "_idle_s", "_is_answered", "_is_whole", "_receive", "_send", "is_given_up")

    def __init__(self, receive: Receive, send: Send, idle_s: float, deadlines: Deadlines) -> None:
        self.is_given_up = False
        self._deadlines = deadlines
        self._receive = receive
        self._send = send
        self._idle_s = idle_s
        self._is_whole = False
        self._is_answered = False

    async def receive(self) -> ReceiveMessage:
        if self._is_whole:
            return await self._receive()
        deadline = self._deadlines.within(self._idle_s)
        try:
            with deadline:
                message = await self._receive()
        except TimeoutError:
            if not deadline.expired:
                raise
            self.is_given_up = self._is_whole = True
            return {"type": "http.disconnect"}
        self._is_whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    def send(self, message: Message) -> Awaitable[None]:
        if self.is_given_up and not self._is_answered:
            return asyncio.sleep(0)  # whatever the app makes of a sender who has gone; this one is still there
        self._is_answered = True
        return self._send(message)

    async def refuse(self) -> None:
        """Say why, unless the answer has begun."""
        if self._is_answered:
            return
        body, headers = render_problem(_TOO_SLOW)
        for message in bare_answer(_TOO_SLOW.status, body, {**headers, "connection": "close"}):
            await self._send(message)
