"""The composition of the simulator's web application."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, MediaType, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from simulators.base.client import Caller, HttpCaller
from simulators.base.clock import rounds
from simulators.telegram.refusals import BotApiError, PersonCannot
from simulators.telegram.simulator import Telegram
from simulators.telegram.web import bot_routes, client_routes, order_routes, page_routes
from simulators.telegram.web.gate import TelegramGate

_Asked = Request[Any, Any, Any]


def create_app(telegram: Telegram, caller: Caller | None = None) -> ASGIApp:
    """An ASGI application that serves this Telegram.

    `caller` reaches the bot's webhook, over HTTP without it. While the server's lifespan lasts, updates are delivered
    as they fall due; without a lifespan `telegram.tick` does it on demand.
    """
    webhook = caller or HttpCaller()
    handlers = (*bot_routes.HANDLERS, *client_routes.HANDLERS, *order_routes.HANDLERS, *page_routes.HANDLERS)
    application = Litestar(
        route_handlers=list(handlers),
        dependencies={
            "telegram": Provide(lambda: telegram, sync_to_thread=False),
            "caller": Provide(lambda: webhook, sync_to_thread=False),
        },
        exception_handlers={BotApiError: _bot_api_answer, PersonCannot: _sentence, HTTPException: _http_answer},
        lifespan=[rounds(telegram, webhook)],
        openapi_config=None,
        logging_config=None,
    )
    application.asgi_handler = TelegramGate(application.asgi_handler)
    return application


def _bot_api_answer(_request: _Asked, refusal: BotApiError) -> Response[dict[str, Any]]:
    return Response(refusal.body(), status_code=refusal.code, media_type=MediaType.JSON)


def _sentence(_request: _Asked, impossible: PersonCannot) -> Response[dict[str, Any]]:
    return Response({"error": str(impossible)}, status_code=400, media_type=MediaType.JSON)


def _http_answer(request: _Asked, error: HTTPException) -> Response[dict[str, Any]]:
    """Litestar's own refusals: to a bot in the form of the Bot API."""
    if request.url.path.startswith(("/_bot", "/_file", "/bot", "/file")):
        said = "Request Entity Too Large" if error.status_code == 413 else "Not Found"
        return _bot_api_answer(request, BotApiError(error.status_code, said))
    return Response({"error": error.detail}, status_code=error.status_code, media_type=MediaType.JSON)
