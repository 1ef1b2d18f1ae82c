"""Bodies that do not come: whoever sends nothing for a while is told so, under every server."""

from __future__ import annotations

import asyncio
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, ReceiveMessage, Scope, Send

from servicekit.web.problems import ProblemRule, bare_answer, render_problem

_TOO_SLOW: Final = ProblemRule(408, "body_too_slow", detail="The rest of the request did not arrive in time.")


class SlowBodies:
    """An ASGI app around another one; a body that stands still for `idle_s` is to it one whose sender has gone."""

    def __init__(self, app: ASGIApp, idle_s: float) -> None:
        self._app = app
        self._idle_s = idle_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        body = _Body(receive, send, self._idle_s)
        try:
            await self._app(scope, body.receive, body.send)
        except Exception:
            if not body.is_given_up:
                raise
        if body.is_given_up:
            await body.refuse()


class _Body:
    def __init__(self, receive: Receive, send: Send, idle_s: float) -> None:
        self.is_given_up = False
        self._receive = receive
        self._send = send
        self._idle_s = idle_s
        self._is_whole = False
        self._is_answered = False

    async def receive(self) -> ReceiveMessage:
        if self._is_whole:
            return await self._receive()
        timeout = asyncio.timeout(self._idle_s)
        try:
            async with timeout:
                message = await self._receive()
        except TimeoutError:
            if not timeout.expired():
                raise
            self.is_given_up = self._is_whole = True
            return {"type": "http.disconnect"}
        self._is_whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if self.is_given_up and not self._is_answered:
            return  # whatever the app makes of a sender who has gone; this one is still there
        self._is_answered = True
        await self._send(message)

    async def refuse(self) -> None:
        """Say why, unless the answer has begun."""
        if self._is_answered:
            return
        body, headers = render_problem(_TOO_SLOW)
        for message in bare_answer(_TOO_SLOW.status, body, {**headers, "connection": "close"}):
            await self._send(message)
