"""HTTP: what ayda says about its members."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, Response, Router, post
from litestar.params import JSONBody

from kernel.contracts.connection import ErasureReceipt, StravaConnected, StravaDisconnected, SyncTriggered
from predictor_service.athletes.service import AthleteService
from predictor_service.changes import Changes
from servicekit.web.telegram_ids import checked_telegram_id


def athlete_routes(service: AthleteService, changes: Changes) -> Router:
    """`/strava/connected` and `/strava/disconnected`."""

    @post("/strava/connected", operation_id="StravaConnected", status_code=200)
    async def connected(request: Request[Any, Any, Any], data: JSONBody[StravaConnected]) -> Response[SyncTriggered]:
        """A member has connected Strava: the athlete is stored and synced before all others."""
        checked_telegram_id(data.telegram_id)
        connect = partial(service.connected, notice=data)
        return await changes.commit(request, await request.body(), connect, about=data.telegram_id)

    @post("/strava/disconnected", operation_id="StravaDisconnected", status_code=200)
    async def disconnected(
        request: Request[Any, Any, Any], data: JSONBody[StravaDisconnected]
    ) -> Response[ErasureReceipt]:
        """A member's connection has ended: what came from Strava is erased, and counted."""
        checked_telegram_id(data.telegram_id)
        answer = await changes.commit(request, await request.body(), partial(service.disconnected, notice=data))
        service.forget(data)
        return answer

    return Router("/", route_handlers=[connected, disconnected], tags=["athletes"])
