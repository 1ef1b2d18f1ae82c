"""What members ask of uploads, and what is uploaded unasked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from ayda_service.activities.models import Activity
from ayda_service.activities.store import ActivityStore
from ayda_service.errors import ActivityNotFound, CameFromStrava, UploadNotAllowed, id_in_path
from ayda_service.uploads.jobs import add_failed_upload, add_upload
from ayda_service.uploads.store import UNFINISHED, Connection, UploadStore, again
from kernel.strava.tokens import has_scope, parse_scope
from kernel.strava.uploads import UploadStatus
from servicekit.data.database import Database
from servicekit.jobs import JobQueue
from servicekit.strava.errors import NotConnected

MOST_LISTED: Final = 200


class UploadView(msgspec.Struct, frozen=True):
    """One upload. `retry_at` says when a pending one goes on, where that is known."""

    id: UUID
    activity_id: UUID
    status: UploadStatus
    retry_count: int
    error_message: str | None
    strava_activity_id: int | None
    retry_at: datetime | None
    created_at: datetime
    completed_at: datetime | None


class UploadList(msgspec.Struct, frozen=True):
    """Uploads, the newest first."""

    uploads: list[UploadView]


class UploadService:
    """Uploads of members. `automatic`: new activities go to Strava unasked, where the member allows uploads at all."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        *,
        automatic: bool,
        consent_url: str,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._queue = queue
        self._automatic = automatic
        self._consent_url = consent_url
        self._now = now

    def offer(self, session: Session, activity: Activity) -> bool:
        """Whether a new activity goes to Strava by itself, queued with the commit of `session`."""
        if not self._automatic or activity.provenance == "strava_api":
            return False
        store = UploadStore(session)
        if not _may_write(store.connection(activity.member_id)):
            return False
        upload, _new = store.find_or_create(activity, self._now())
        add_upload(self._queue, session, upload.id)
        return True

    def withdraw(self, session: Session, activity_id: UUID) -> None:
        """Takes the job of an activity's upload away with the commit of `session`; one that runs finds nothing more."""
        upload_id = UploadStore(session).of_activity(activity_id)
        if upload_id is not None:
            self._queue.forget(session, "upload_id", str(upload_id))

    async def request(self, telegram_id: int, activity_id: str) -> UploadView:
        """The upload of a member's activity, queued unless it is under way or done; one that failed starts afresh.

        Raises ActivityNotFound, CameFromStrava, NotConnected or UploadNotAllowed.
        """
        key = id_in_path(activity_id, ActivityNotFound)
        return await self._database.write(lambda session: self._request(session, telegram_id, key))

    def _request(self, session: Session, telegram_id: int, activity_id: UUID) -> UploadView:
        activity = ActivityStore(session).own(activity_id, telegram_id)
        if activity is None:
            raise ActivityNotFound
        if activity.provenance == "strava_api":
            raise CameFromStrava
        store = UploadStore(session)
        connection = store.connection(activity.member_id)
        if connection is None:
            raise NotConnected
        if not _may_write(connection):
            raise UploadNotAllowed(self._consent_url)
        upload, new = store.find_or_create(activity, self._now())
        if new:
            add_upload(self._queue, session, upload.id)
        elif upload.status == "failed":
            again(upload)
            add_failed_upload(self._queue, session, upload.id)
        return msgspec.convert(upload, UploadView, from_attributes=True)

    async def of_member(self, telegram_id: int, *, unfinished: bool = False) -> UploadList:
        """The newest uploads of a member, or only those that are not over."""
        statuses = UNFINISHED if unfinished else None
        found = await self._database.read(
            lambda session: UploadStore(session).of_member(telegram_id, limit=MOST_LISTED, statuses=statuses)
        )
        return msgspec.convert({"uploads": found}, UploadList, from_attributes=True)


def _may_write(connection: Connection | None) -> bool:
    return connection is not None and has_scope(parse_scope(connection.scope), "activity:write")
