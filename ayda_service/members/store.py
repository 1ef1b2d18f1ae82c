"""SQL about members."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ayda_service.members.models import Member
from servicekit.data.columns import uuid7
from servicekit.data.upsert import insert_if_absent


class MemberStore:
    """Members inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def held(self, telegram_id: int, *, alone: bool = False) -> Member | None:
        """The member with this Telegram id, whom nobody erases until the transaction ends.

        `alone` keeps out other holders too. Hold the member before their tokens, as everybody does.
        """
        known = _known(telegram_id)
        locked = known.with_for_update() if alone else known.with_for_update(read=True, key_share=True)
        return self._session.scalars(locked).one_or_none()

    def find_or_create(self, telegram_id: int, created_at: datetime) -> Member:
        """The member with this Telegram id; two callers at once get the same one."""
        member = self._session.scalars(_known(telegram_id)).one_or_none()
        if member is not None:
            return member
        insert_if_absent(self._session, Member, {"id": uuid7(), "telegram_id": telegram_id, "created_at": created_at})
        return self._session.scalars(_known(telegram_id)).one()

    def known(self, telegram_ids: set[int]) -> set[int]:
        """Those of these Telegram ids that are members'."""
        return set(self._session.scalars(select(Member.telegram_id).where(Member.telegram_id.in_(telegram_ids))))


def _known(telegram_id: int) -> Select[tuple[Member]]:
    return select(Member).where(Member.telegram_id == telegram_id)
