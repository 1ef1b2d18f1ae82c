"""SQL about uploads and the slots they run in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import case, exists, or_, select, update
from sqlalchemy.orm import Session

from ayda_service.activities.models import Activity, ActivityFile
from ayda_service.members.models import Member
from ayda_service.strava.models import StravaToken
from ayda_service.uploads.models import StravaUpload, UploadSlot
from kernel.strava.uploads import AT_ONCE, Upload, UploadStatus, abandoned, begun
from servicekit.data.columns import uuid7
from servicekit.data.upsert import insert_if_absent

UNFINISHED: Final[tuple[UploadStatus, ...]] = ("pending", "processing")


@dataclass(frozen=True, slots=True)
class Connection:
    """Whose account an upload goes to, and what they allowed."""

    athlete_id: int
    scope: str


@dataclass(frozen=True, slots=True)
class Try:
    """One try of an upload; `fence` tells it from every other one."""

    upload_id: UUID
    fence: int
    state: Upload
    sent: int
    content_hash: str
    format: str
    sport: str
    connection: Connection | None


class UploadStore:
    """Uploads inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_or_create(self, activity: Activity, now: datetime) -> tuple[StravaUpload, bool]:
        """The upload of an activity, and whether it is new; it stays as it is until the transaction ends."""
        values = {
            "id": uuid7(),
            "activity_id": activity.id,
            "member_id": activity.member_id,
            "status": "pending",
            "retry_count": 0,
            "sent": 0,
            "fence": 0,
            "created_at": now,
        }
        new = insert_if_absent(self._session, StravaUpload, values)
        known = select(StravaUpload).where(StravaUpload.activity_id == activity.id).with_for_update()
        return self._session.scalars(known).one(), new

    def of_member(
        self, telegram_id: int, *, limit: int, statuses: Sequence[UploadStatus] | None = None
    ) -> list[StravaUpload]:
        """A member's uploads, the newest first."""
        mine = select(StravaUpload).join(Member, Member.id == StravaUpload.member_id)
        mine = mine.where(Member.telegram_id == telegram_id)
        if statuses is not None:
            mine = mine.where(StravaUpload.status.in_(statuses))
        return list(self._session.scalars(mine.order_by(StravaUpload.created_at.desc()).limit(limit)))

    def connection(self, member_id: UUID) -> Connection | None:
        """The member's connection to Strava."""
        held = select(StravaToken.athlete_id, StravaToken.scope).where(StravaToken.member_id == member_id)
        row = self._session.execute(held).one_or_none()
        return None if row is None else Connection(row.athlete_id, row.scope)

    def begin(self, upload_id: UUID) -> Try | None:
        """A new try, from which on earlier ones write nothing; None when the upload is gone or completed."""
        found = select(StravaUpload, Activity, StravaToken.athlete_id, StravaToken.scope)
        found = found.join(Activity, Activity.id == StravaUpload.activity_id)
        found = found.outerjoin(StravaToken, StravaToken.member_id == StravaUpload.member_id)
        found = found.where(StravaUpload.id == upload_id).with_for_update(of=StravaUpload)
        row = self._session.execute(found).one_or_none()
        if row is None or row[0].status == "completed":
            return None
        upload, activity, athlete_id, scope = row
        state = begun(state_of(upload))
        _apply(upload, state)
        upload.fence, upload.retry_at = upload.fence + 1, None
        self._session.flush()
        return Try(
            upload_id=upload.id,
            fence=upload.fence,
            state=state,
            sent=upload.sent,
            content_hash=activity.content_hash,
            format=activity.format,
            sport=activity.sport,
            connection=None if athlete_id is None else Connection(athlete_id, scope),
        )

    def is_unfinished(self, upload_id: UUID) -> bool:
        """Whether the upload waits or runs."""
        unfinished = select(StravaUpload.id).where(StravaUpload.id == upload_id, StravaUpload.status.in_(UNFINISHED))
        return self._session.execute(unfinished).first() is not None

    def of_activity(self, activity_id: UUID) -> UUID | None:
        """The upload of an activity."""
        return self._session.scalars(
            select(StravaUpload.id).where(StravaUpload.activity_id == activity_id)
        ).one_or_none()

    def file_of(self, upload_id: UUID) -> tuple[Activity, bytes]:
        """The activity and its file as it lies here."""
        found = select(Activity, ActivityFile.packed).join(ActivityFile, ActivityFile.activity_id == Activity.id)
        found = found.join(StravaUpload, StravaUpload.activity_id == Activity.id)
        activity, packed = self._session.execute(found.where(StravaUpload.id == upload_id)).one()
        return activity, packed

    def write(self, one: Try, state: Upload, **more: Any) -> bool:
        """Writes down how far a try is; False, and nothing done, when a later try has begun."""
        held = update(StravaUpload).where(StravaUpload.id == one.upload_id, StravaUpload.fence == one.fence)
        values = {each.name: getattr(state, each.name) for each in fields(state)} | more
        return self._session.execute(held.values(**values).returning(StravaUpload.id)).first() is not None

    def restart(self, upload_id: UUID) -> None:
        """Lets an upload that was given up wait again, with all its tries."""
        found = select(StravaUpload).where(StravaUpload.id == upload_id, StravaUpload.status == "failed")
        upload = self._session.scalars(found.with_for_update()).one_or_none()
        if upload is not None:
            again(upload)

    def outing_of(self, upload_id: UUID) -> tuple[int, Activity] | None:
        """Whose an upload is (a Telegram id), and of which activity."""
        found = select(Member.telegram_id, Activity).join(Activity, Activity.member_id == Member.id)
        found = found.join(StravaUpload, StravaUpload.activity_id == Activity.id)
        row = self._session.execute(found.where(StravaUpload.id == upload_id)).one_or_none()
        return None if row is None else (row[0], row[1])

    def abandon(self, upload_id: UUID, sentence: str) -> int | None:
        """Gives up an upload that is not over and whose worker will not come back; its slot is free.

        The number of this end; None where there was nothing to give up.
        """
        found = select(StravaUpload).where(StravaUpload.id == upload_id, StravaUpload.status.in_(UNFINISHED))
        upload = self._session.scalars(found.with_for_update()).one_or_none()
        if upload is None:
            return None
        _apply(upload, abandoned(state_of(upload), sentence))
        upload.fence, upload.retry_at = upload.fence + 1, None
        held = update(UploadSlot).where(UploadSlot.upload_id == upload_id)
        self._session.execute(held.values(upload_id=None, held_until=None))
        return upload.fence

    def take_slot(self, upload_id: UUID, fence: int, *, now: datetime, until: datetime) -> bool:
        """Whether the upload may run now: a slot is free, lapsed, or still held by its own earlier try."""
        number = self._open_slot(upload_id, now)
        if number is None:
            for each in range(1, AT_ONCE + 1):
                insert_if_absent(self._session, UploadSlot, {"number": each, "fence": 0})
            number = self._open_slot(upload_id, now)
        if number is None:
            return False
        taken = update(UploadSlot).where(UploadSlot.number == number)
        self._session.execute(taken.values(upload_id=upload_id, fence=fence, held_until=until))
        return True

    def _open_slot(self, upload_id: UUID, now: datetime) -> int | None:
        own = UploadSlot.upload_id == upload_id
        # its holder was stopped between its last word and giving the slot back; a slot that was just taken may be seen
        # beside its upload as it stood before, which is waiting and not over
        left = exists().where(StravaUpload.id == UploadSlot.upload_id, StravaUpload.status.not_in(UNFINISHED))
        free = select(UploadSlot.number).where(
            or_(own, UploadSlot.upload_id.is_(None), UploadSlot.held_until < now, left)
        )
        # its own slot first, or an upload whose worker died would hold two
        first = free.order_by(case((own, 0), else_=1), UploadSlot.number).limit(1)
        return self._session.scalars(first.with_for_update(skip_locked=True)).one_or_none()

    def free_slot(self, one: Try) -> None:
        """Frees the slot of a try, unless a later one has it."""
        held = update(UploadSlot).where(UploadSlot.upload_id == one.upload_id, UploadSlot.fence == one.fence)
        self._session.execute(held.values(upload_id=None, held_until=None))


def state_of(upload: StravaUpload) -> Upload:
    """The row as the state it stands for."""
    return Upload(**{each.name: getattr(upload, each.name) for each in fields(Upload)})


def again(upload: StravaUpload) -> None:
    """Makes an upload wait as if it had never been tried; that it was sent before stays known."""
    _apply(upload, Upload(strava_upload_id=upload.strava_upload_id))
    upload.retry_at = upload.completed_at = None


def _apply(upload: StravaUpload, state: Upload) -> None:
    for each in fields(state):
        setattr(upload, each.name, getattr(state, each.name))
