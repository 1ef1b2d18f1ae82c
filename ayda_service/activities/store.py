"""SQL about activities."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from ayda_service.activities.models import Activity, ActivityFile
from ayda_service.members.models import Member


class ActivityStore:
    """Activities inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def same(self, member_id: UUID, content_hash: str) -> Activity | None:
        """The member's activity of this content."""
        mine = select(Activity).where(Activity.member_id == member_id, Activity.content_hash == content_hash)
        return self._session.scalars(mine).one_or_none()

    def stored(self, member_id: UUID) -> tuple[int, int]:
        """How many files the member keeps, and their bytes."""
        kept = select(func.count(), func.coalesce(func.sum(Activity.file_bytes), 0))
        files, stored_bytes = self._session.execute(kept.where(Activity.member_id == member_id)).one()
        return int(files), int(stored_bytes)

    def add(self, activity: Activity, packed: bytes) -> None:
        """Stores an activity and its file. The member is held alone, and has none of this content."""
        self._session.add(activity)
        self._session.flush()
        self._session.execute(insert(ActivityFile).values(activity_id=activity.id, packed=packed))

    def delete(self, activity_id: UUID) -> None:
        """Deletes an activity with its file and its upload."""
        self._session.execute(delete(Activity).where(Activity.id == activity_id))

    def unsealed(self, limit: int) -> list[tuple[Activity, bytes]]:
        """Activities whose files lie as they came, held until the transaction ends, and these files."""
        older = select(Activity, ActivityFile.packed).join(ActivityFile, ActivityFile.activity_id == Activity.id)
        some = older.where(Activity.file_key_sealed.is_(None)).order_by(Activity.id).limit(limit)
        return [(row[0], row[1]) for row in self._session.execute(some.with_for_update(of=Activity))]

    def with_file(self, activity_id: UUID) -> tuple[Activity, bytes] | None:
        """An activity and its file as it lies here."""
        found = select(Activity, ActivityFile.packed).join(ActivityFile, ActivityFile.activity_id == Activity.id)
        row = self._session.execute(found.where(Activity.id == activity_id)).one_or_none()
        return None if row is None else (row[0], row[1])

    def replace_file(self, activity_id: UUID, packed: bytes) -> None:
        """Puts other bytes in the place of a file."""
        mine = update(ActivityFile).where(ActivityFile.activity_id == activity_id)
        self._session.execute(mine.values(packed=packed))

    def get(self, activity_id: UUID) -> Activity | None:
        """The activity of this id, whoever's it is."""
        return self._session.get(Activity, activity_id)

    def own(self, activity_id: UUID, telegram_id: int) -> Activity | None:
        """A member's own activity."""
        mine = select(Activity).join(Member, Member.id == Activity.member_id)
        mine = mine.where(Activity.id == activity_id, Member.telegram_id == telegram_id)
        return (self._session.scalars(mine)).one_or_none()

    def of_member(self, telegram_id: int, limit: int) -> list[Activity]:
        """A member's activities, the newest first."""
        mine = select(Activity).join(Member, Member.id == Activity.member_id).where(Member.telegram_id == telegram_id)
        return list(self._session.scalars(mine.order_by(Activity.started_at.desc(), Activity.id).limit(limit)))
