"""The outermost layer: addresses with a token in them, and answers that never come."""

from __future__ import annotations

import re
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from simulators.base.connection import say_nothing

SILENT_HEADER: Final = "x-silent-s"
_METHOD: Final = re.compile(r"/bot([^/]+)/([^/]+)/?")
_FILE: Final = re.compile(r"/file/bot([^/]+)/(.+)")


class TelegramGate:
    """Around the application, whose router knows only whole parts of a path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        silent_s: float | None = None

        async def unless_silent(message: Message) -> None:
            nonlocal silent_s
            if message["type"] == "http.response.start":
                headers = {name.lower(): value for name, value in message["headers"]}
                ordered = headers.get(SILENT_HEADER.encode())
                silent_s = None if ordered is None else float(ordered)
            if silent_s is None:
                await send(message)

        await self._app(_routed(scope), receive, unless_silent)
        if silent_s is not None:
            await say_nothing(scope, receive, send, silent_s)


def _routed(scope: HTTPScope) -> HTTPScope:
    for pattern, room in ((_METHOD, "_bot"), (_FILE, "_file")):
        found = pattern.fullmatch(scope["path"])
        if found is not None:
            path = f"/{room}/{found[1]}/{found[2]}"
            scope["path"], scope["raw_path"] = path, path.encode()
    return scope
