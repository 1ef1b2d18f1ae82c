"""SQL about activities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ayda_service.activities.models import Activity, ActivityFile
from ayda_service.members.models import Member
from servicekit.data.upsert import insert_if_absent


class ActivityStore:
    """Activities inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, values: Mapping[str, Any], packed: bytes) -> tuple[Activity, bool]:
        """The member's activity of this content, and whether it is new; two at once get the same one."""
        new = insert_if_absent(self._session, Activity, values)
        if new:
            self._session.execute(insert(ActivityFile).values(activity_id=values["id"], packed=packed))
        same = select(Activity).where(
            Activity.member_id == values["member_id"], Activity.content_hash == values["content_hash"]
        )
        return (self._session.scalars(same)).one(), new

    def own(self, activity_id: UUID, telegram_id: int) -> Activity | None:
        """A member's own activity."""
        mine = select(Activity).join(Member, Member.id == Activity.member_id)
        mine = mine.where(Activity.id == activity_id, Member.telegram_id == telegram_id)
        return (self._session.scalars(mine)).one_or_none()

    def of_member(self, telegram_id: int, limit: int) -> list[Activity]:
        """A member's activities, the newest first."""
        mine = select(Activity).join(Member, Member.id == Activity.member_id).where(Member.telegram_id == telegram_id)
        return list(self._session.scalars(mine.order_by(Activity.started_at.desc(), Activity.id).limit(limit)))
