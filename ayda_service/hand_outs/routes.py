"""HTTP: access tokens for the predictor."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from ayda_service.hand_outs.service import TokenHandOutService
from ayda_service.telegram.identity import AnyRequest
from kernel.contracts.connection import StravaToken
from servicekit.web.doors import Guard, door
from servicekit.web.telegram_ids import TelegramIdQuery

ForceQuery = Annotated[bool, QueryParameter()]


def token_routes(service: TokenHandOutService, guard: Guard) -> Router:
    """`/api/internal/strava/token`."""

    @get("/token", operation_id="StravaTokenForMember", middleware=[door(guard)])
    async def token(request: AnyRequest, telegram_id: TelegramIdQuery, *, force: ForceQuery = False) -> StravaToken:
        """An access token of a member that lives an hour more where Strava allows it; `force` after Strava's 401."""
        key_id: str = request.scope["state"]["api_key_id"]
        return await service.token(telegram_id, force=force, api_key_id=key_id)

    return Router("/api/internal/strava", route_handlers=[token], tags=["internal"])
