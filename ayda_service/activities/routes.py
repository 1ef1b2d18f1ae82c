"""HTTP: activities that members send as files."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import Response, Router, delete, get, post
from litestar.params import PathParameter, QueryParameter

from ayda_service.activities.service import ActivityList, ActivityService, AddedActivity
from ayda_service.telegram.identity import AnyRequest, Member, MemberGuards
from kernel.contracts.activity import SportTag
from servicekit.web.doors import door
from servicekit.web.sent_files import MAX_UPLOAD_BYTES
from servicekit.web.track_files import FileReader

SportQuery = Annotated[
    SportTag | None, QueryParameter(description="Beats what the file says. Left out, the file must say it.")
]
ProvenanceQuery = Annotated[
    Literal["user_file", "telegram_upload", "strava_api"],
    QueryParameter(description="`strava_api` for a file that was taken from Strava: it is never sent back there."),
]


def activity_routes(service: ActivityService, files: FileReader, guards: MemberGuards) -> Router:
    """`/activities`."""

    @post("/", operation_id="AddOwnActivity", status_code=201, request_max_body_size=MAX_UPLOAD_BYTES)
    async def add(
        request: AnyRequest, identity: Member, sport: SportQuery = None, provenance: ProvenanceQuery = "user_file"
    ) -> Response[AddedActivity]:
        """Stores the recording in a GPX, TCX or FIT file, gzipped or not: 201, or 200 when it is there already."""
        async with files.receive(request) as sent:
            added = await service.add(identity.telegram_id, identity.vouched_at, sent, sport, provenance)
        return Response(added, status_code=201 if added.status == "created" else 200)

    @get("/", operation_id="OwnActivities")
    async def own(identity: Member) -> ActivityList:
        """The member's 200 newest activities."""
        return await service.of_member(identity.telegram_id)

    @delete("/{activity_id:str}", operation_id="DeleteOwnActivity", status_code=204)
    async def remove(identity: Member, activity_id: Annotated[str, PathParameter()]) -> None:
        """Deletes one of the member's activities with its file and its upload here; what Strava has stays there."""
        await service.delete(identity.telegram_id, activity_id)

    return Router(
        "/activities", route_handlers=[add, own, remove], middleware=[door(guards.recent)], tags=["activities"]
    )
