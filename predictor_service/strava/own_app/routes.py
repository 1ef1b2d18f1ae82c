"""HTTP of connecting through the own application."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import MediaType, Response, Router, get
from litestar.params import QueryParameter

from predictor_service.strava.own_app.service import OwnApp
from servicekit.web.doors import Guard, door
from servicekit.web.telegram_ids import TelegramIdQuery, checked_telegram_id

CALLBACK = "/strava/local/callback"
_CONNECTED = "<!doctype html><title>Strava</title><p>Strava is connected. You can close this page.</p>"

StateQuery = Annotated[str | None, QueryParameter(name="state", max_length=500)]
CodeQuery = Annotated[str | None, QueryParameter(name="code", max_length=500)]
ScopeQuery = Annotated[str | None, QueryParameter(name="scope", max_length=500)]


class Authorization(msgspec.Struct, frozen=True):
    """Where to send the athlete."""

    authorization_url: str


def own_app_routes(app: OwnApp, guard: Guard, public_url: str) -> Router:
    """`/strava/local/auth`, behind the key, and `/strava/local/callback`, where Strava sends browsers back to."""

    @get("/auth", operation_id="LocalAuthorization", middleware=[door(guard)])
    async def authorization(telegram_id: TelegramIdQuery) -> Authorization:
        """The address at Strava where this member decides; good once, for ten minutes."""
        return Authorization(await app.begin(checked_telegram_id(telegram_id), public_url + CALLBACK))

    @get("/callback", operation_id="LocalCallback", media_type=MediaType.HTML)
    async def callback(
        returned: StateQuery = None, code: CodeQuery = None, granted: ScopeQuery = None
    ) -> Response[str]:
        """Strava's answer: the connection is stored and its sync queued. Without a code the athlete said no."""
        await app.finish(state=returned or "", code=code, scope=granted)
        return Response(_CONNECTED, media_type=MediaType.HTML, headers={"Cache-Control": "no-store"})

    return Router("/strava/local", route_handlers=[authorization, callback], tags=["strava"])
