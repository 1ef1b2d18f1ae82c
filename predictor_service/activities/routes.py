"""HTTP: activities that athletes upload."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from litestar import Request, Response, Router, post
from litestar.params import QueryParameter

from kernel.contracts.activity import SportTag, StoredActivity
from predictor_service.activities.service import ActivityService
from predictor_service.changes import Changes
from servicekit.web.sent_files import MAX_UPLOAD_BYTES
from servicekit.web.telegram_ids import TelegramIdQuery, checked_telegram_id
from servicekit.web.track_files import FileReader

SportQuery = Annotated[
    SportTag | None, QueryParameter(description="Beats what the file says. Left out, the file must say it.")
]
ProvenanceQuery = Annotated[Literal["user_file", "telegram_upload"], QueryParameter()]


def activity_routes(service: ActivityService, files: FileReader, changes: Changes) -> Router:
    """`/activities`."""

    @post("/activities", operation_id="AddActivity", status_code=201, request_max_body_size=MAX_UPLOAD_BYTES)
    async def add_activity(
        request: Request[Any, Any, Any],
        telegram_id: TelegramIdQuery,
        sport: SportQuery = None,
        provenance: ProvenanceQuery = "user_file",
    ) -> Response[StoredActivity]:
        """Stores the recording in a GPX, TCX or FIT file, gzipped or not, and rebuilds the athlete's profile: 201.

        The content decides what kind of file it is. 200 with the activity that was there if the athlete has one of
        this content, or of this start and distance.
        """
        seen, key = await service.seen(checked_telegram_id(telegram_id))
        add = partial(service.add, telegram_id=telegram_id, seen=seen, provenance=provenance, key=key)
        async with files.receive(request) as sent:
            read, content = partial(service.read, sent, sport, key), sent.digest.encode()
            return await changes.prepare_and_commit(request, content, read, add, status=_status, about=telegram_id)

    return Router("/", route_handlers=[add_activity], tags=["activities"])


def _status(activity: StoredActivity) -> int:
    return 201 if activity.status == "created" else 200
