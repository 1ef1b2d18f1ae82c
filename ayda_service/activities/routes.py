"""HTTP: activities that members send as files."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import Response, Router, get, post
from litestar.params import QueryParameter

from ayda_service.activities.service import ActivityList, ActivityService, AddedActivity
from ayda_service.telegram.identity import AnyRequest, Doorkeeper, identify
from kernel.contracts.activity import SportTag
from servicekit.web.track_files import MAX_UPLOAD_BYTES, read_upload

SportQuery = Annotated[
    SportTag | None, QueryParameter(description="Beats what the file says. Left out, the file must say it.")
]
ProvenanceQuery = Annotated[
    Literal["user_file", "telegram_upload", "strava_api"],
    QueryParameter(description="`strava_api` for a file that was taken from Strava: it is never sent back there."),
]


def activity_routes(service: ActivityService, doorkeeper: Doorkeeper) -> Router:
    """`/activities`."""

    @post("/", operation_id="AddOwnActivity", status_code=201, request_max_body_size=MAX_UPLOAD_BYTES)
    async def add(
        request: AnyRequest, sport: SportQuery = None, provenance: ProvenanceQuery = "user_file"
    ) -> Response[AddedActivity]:
        """Stores the recording in a GPX, TCX or FIT file, gzipped or not: 201, or 200 when it is there already."""
        telegram_id = identify(doorkeeper, request).telegram_id
        added = await service.add(telegram_id, await read_upload(request), sport, provenance)
        return Response(added, status_code=201 if added.status == "created" else 200)

    @get("/", operation_id="OwnActivities")
    async def own(request: AnyRequest) -> ActivityList:
        """The member's 200 newest activities."""
        return await service.of_member(identify(doorkeeper, request).telegram_id)

    return Router("/activities", route_handlers=[add, own], tags=["activities"])
