"""HTTP: activities on their way to Strava."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get, post
from litestar.params import PathParameter

from ayda_service.telegram.identity import Member, MemberGuards
from ayda_service.uploads.service import UploadList, UploadService, UploadView
from servicekit.web.doors import door


def upload_routes(service: UploadService, guards: MemberGuards) -> Router:
    """`/strava/upload/{activity_id}` and `/strava/uploads`."""

    @post("/upload/{activity_id:str}", operation_id="UploadToStrava", status_code=202)
    async def upload(identity: Member, activity_id: Annotated[str, PathParameter()]) -> UploadView:
        """Queues the upload of one of the member's activities; asking again is harmless, and revives a failed one."""
        return await service.request(identity.telegram_id, activity_id)

    @get("/uploads", operation_id="Uploads")
    async def uploads(identity: Member) -> UploadList:
        """The member's 200 newest uploads."""
        return await service.of_member(identity.telegram_id)

    @get("/uploads/pending", operation_id="PendingUploads")
    async def pending(identity: Member) -> UploadList:
        """The member's uploads that wait or run."""
        return await service.of_member(identity.telegram_id, unfinished=True)

    handlers = [upload, uploads, pending]
    return Router("/strava", route_handlers=handlers, middleware=[door(guards.recent)], tags=["uploads"])
