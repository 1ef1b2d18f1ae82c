"""HTTP of connecting through the own application."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from predictor_service.errors import AuthorizationExpired
from predictor_service.problems import PROBLEMS
from predictor_service.strava.own_app.browser import CONNECTED, NOT_CONNECTED, ConnectedCookie
from predictor_service.strava.own_app.service import OwnApp
from servicekit.web.doors import Guard, door
from servicekit.web.small_pages import (
    accepted_languages,
    error_page,
    looks_ahead,
    nothing_yet,
    small_page,
    too_long,
)
from servicekit.web.telegram_ids import TelegramIdQuery, checked_telegram_id

CALLBACK: Final = "/strava/local/callback"

# no limits here: a browser is to see a page, and never a problem in JSON
StateQuery = Annotated[str | None, QueryParameter(name="state")]
CodeQuery = Annotated[str | None, QueryParameter(name="code")]
ScopeQuery = Annotated[str | None, QueryParameter(name="scope")]


class Authorization(msgspec.Struct, frozen=True):
    """Where to send the athlete."""

    authorization_url: str


def own_app_routes(app: OwnApp, guard: Guard, public_url: str) -> Router:
    """`/strava/local/auth`, behind the key, and `/strava/local/callback`, where Strava sends browsers back to."""

    @get("/auth", operation_id="LocalAuthorization", middleware=[door(guard)])
    async def authorization(telegram_id: TelegramIdQuery) -> Authorization:
        """The address at Strava where this member decides; good once, for ten minutes."""
        return Authorization(await app.begin(checked_telegram_id(telegram_id), public_url + CALLBACK))

    handlers = [authorization, _callback(app, ConnectedCookie(public_url))]
    return Router("/strava/local", route_handlers=handlers, tags=["strava"])


def _callback(app: OwnApp, cookie: ConnectedCookie) -> HTTPRouteHandler:
    @get("/callback", operation_id="LocalCallback", media_type=MediaType.HTML)
    async def callback(
        request: Request[Any, Any, Any],
        # Litestar keeps `state` and `scope` for itself
        returned: StateQuery = None,
        code: CodeQuery = None,
        granted: ScopeQuery = None,
    ) -> Response[Any]:
        """Strava's answer: the connection is stored and its sync queued. Without a code the athlete said no.

        Always a page; the browser that has connected is told so again when it comes back with the same address.
        """
        if looks_ahead(request):
            return nothing_yet()
        state = returned or ""
        try:
            _refuse_long(state, code, granted)
            await app.finish(state=state, code=code, scope=granted)
        except Exception as problem:  # noqa: BLE001 - a browser is to see a page, whatever it was
            if not (isinstance(problem, AuthorizationExpired) and cookie.tells_of(request, state)):
                return error_page(problem, request, PROBLEMS, NOT_CONNECTED)
        shown = small_page(CONNECTED, accepted_languages(request))
        shown.set_cookie(cookie.of(state))
        return shown

    return callback


def _refuse_long(*values: str | None) -> None:
    if too_long(values):
        raise AuthorizationExpired
