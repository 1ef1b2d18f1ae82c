"""What members ask of uploads, and what is uploaded unasked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ayda_service.activities.models import Activity
from ayda_service.activities.store import ActivityStore
from ayda_service.uploads.errors import ActivityNotFound, CameFromStrava, UploadNotAllowed
from ayda_service.uploads.jobs import put_failed_upload, put_upload
from ayda_service.uploads.store import UNFINISHED, Connection, UploadStore, again
from ayda_service.uploads.wire import UploadList, UploadView, on_wire
from kernel.strava.scopes import has_scope, parse_scope
from servicekit.data.database import Database
from servicekit.jobs import JobQueue
from servicekit.strava.errors import NotConnected

MOST_LISTED: Final = 200


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

    async def offer(self, activity: Activity, *, session: AsyncSession) -> bool:
        """Whether a new activity goes to Strava by itself, queued with the commit of `session`."""
        if not self._automatic or activity.provenance == "strava_api":
            return False
        store = UploadStore(session)
        if not _may_write(await store.connection(activity.member_id)):
            return False
        upload, _new = await store.find_or_create(activity, self._now())
        await put_upload(self._queue, upload.id, session=session)
        return True

    async def request(self, telegram_id: int, activity_id: str) -> UploadView:
        """The upload of a member's activity, queued unless it is under way or done; one that failed starts afresh.

        Raises ActivityNotFound, CameFromStrava, NotConnected or UploadNotAllowed.
        """
        key = _key(activity_id)
        async with self._database.transaction() as session:
            activity = await ActivityStore(session).own(key, telegram_id)
            if activity is None:
                raise ActivityNotFound
            if activity.provenance == "strava_api":
                raise CameFromStrava
            store = UploadStore(session)
            connection = await store.connection(activity.member_id)
            if connection is None:
                raise NotConnected
            if not _may_write(connection):
                raise UploadNotAllowed(self._consent_url)
            upload, new = await store.find_or_create(activity, self._now())
            if new:
                await put_upload(self._queue, upload.id, session=session)
            elif upload.status == "failed":
                again(upload)
                await put_failed_upload(self._queue, upload.id, session=session)
            return on_wire(upload)

    async def of_member(self, telegram_id: int, *, unfinished: bool = False) -> UploadList:
        """The newest uploads of a member, or only those that are not over."""
        statuses = UNFINISHED if unfinished else None
        async with self._database.reading() as session:
            found = await UploadStore(session).of_member(telegram_id, limit=MOST_LISTED, statuses=statuses)
            return UploadList([on_wire(upload) for upload in found])


def _may_write(connection: Connection | None) -> bool:
    return connection is not None and has_scope(parse_scope(connection.scope), "activity:write")


def _key(activity_id: str) -> UUID:
    try:
        return UUID(activity_id)
    except ValueError:
        raise ActivityNotFound from None
