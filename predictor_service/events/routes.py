"""HTTP: Strava's events, passed on by ayda."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from litestar import Request, Response, Router, post
from litestar.params import JSONBody

from kernel.contracts.connection import EventBatch, EventsTaken, EventTaken, StravaEvent
from predictor_service.changes import Changes
from predictor_service.events.reading import read_events
from predictor_service.events.service import EventService
from servicekit.web.openapi import taking_json
from servicekit.web.telegram_ids import checked_telegram_id

MAX_BATCH_BYTES: Final = 1024 * 1024


def event_routes(service: EventService, changes: Changes) -> Router:
    """`/strava/events`."""

    @post("/strava/events", operation_id="StravaEvent", status_code=202)
    async def happened(request: Request[Any, Any, Any], data: JSONBody[StravaEvent]) -> Response[EventTaken]:
        """Something happened to an activity: the athlete's list is looked at soon."""
        checked_telegram_id(data.telegram_id)
        happened = partial(service.happened, event=data)
        return await changes.commit(request, await request.body(), happened, status=202)

    @post(
        "/strava/events/batch",
        operation_id="StravaEvents",
        status_code=202,
        request_max_body_size=MAX_BATCH_BYTES,
        operation_class=taking_json(EventBatch),
    )
    async def all_happened(request: Request[Any, Any, Any]) -> Response[EventsTaken]:
        """Up to 100 events at once, in one transaction; what is no event is refused by its id, and the others count."""
        content = await request.body()
        sent = read_events(content)
        return await changes.commit(request, content, partial(service.all_happened, sent=sent), status=202)

    return Router("/", route_handlers=[happened, all_happened], tags=["athletes"])
