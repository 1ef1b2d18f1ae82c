"""HTTP: Telegram's updates."""

from __future__ import annotations

from typing import Any, Final

from litestar import MediaType, Request, Router, post
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from ayda_service.updates.service import MAX_UPDATE_BYTES, SECRET_HEADER, Updates
from servicekit.web.doors import door
from servicekit.web.head import head_of

TELEGRAM_PATH: Final = "/telegram/webhook"


def update_routes(updates: Updates) -> Router:
    """`/telegram/webhook`."""

    async def from_telegram(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        updates.admit(head_of(connection.scope).single(SECRET_HEADER))

    @post(
        TELEGRAM_PATH,
        operation_id="TelegramUpdate",
        include_in_schema=False,
        status_code=200,
        media_type=MediaType.TEXT,
        middleware=[door(from_telegram)],
        request_max_body_size=MAX_UPDATE_BYTES,
    )
    async def update(request: Request[Any, Any, Any]) -> str:
        """Takes an update; it is durable when this answers, and answered by a message of its own."""
        await updates.take(await request.body())
        return "OK"

    return Router("/", route_handlers=[update], tags=["telegram"])
