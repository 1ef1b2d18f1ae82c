"""Who is let in at a route, asked before anything else of the request is looked at.

Litestar's own guards are each handed a copy of the route's handler, made anew for every request, which costs half as
much as a small answer. A door is a layer of the same routes, and there is no way past it either: whatever belongs to a
router has its layers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]
"""Raises for whoever is not let in."""
Door = Callable[[ASGIApp], ASGIApp]
"""One of the `middleware` of a router or a handler."""


def door(guard: Guard) -> Door:
    """Where `guard` stands."""

    # functions, as Litestar copies whatever else it is given
    def before(app: ASGIApp) -> ASGIApp:
        async def letting_in(scope: Scope, receive: Receive, send: Send) -> None:
            await guard(ASGIConnection(scope), scope["route_handler"])
            await app(scope, receive, send)

        return letting_in

    return before
