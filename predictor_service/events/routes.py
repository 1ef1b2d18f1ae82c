"""HTTP: Strava's events, passed on by ayda."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, Response, Router, post
from litestar.params import JSONBody

from kernel.contracts.connection import EventTaken, StravaEvent
from predictor_service.changes import Changes
from predictor_service.events.service import EventService
from servicekit.web.telegram_ids import checked_telegram_id


def event_routes(service: EventService, changes: Changes) -> Router:
    """`/strava/events`."""

    @post("/strava/events", operation_id="StravaEvent", status_code=202)
    async def happened(request: Request[Any, Any, Any], data: JSONBody[StravaEvent]) -> Response[EventTaken]:
        """Something happened to an activity: the athlete's list is looked at soon."""
        checked_telegram_id(data.telegram_id)
        happened = partial(service.happened, event=data)
        return await changes.commit(request, await request.body(), happened, status=202)

    return Router("/", route_handlers=[happened], tags=["athletes"])
