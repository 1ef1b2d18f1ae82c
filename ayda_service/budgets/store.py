"""SQL about what members have used up today."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import case, or_, select, update
from sqlalchemy.orm import Session

from ayda_service.budgets.models import Daily, DailyUse
from ayda_service.members.models import Member
from servicekit.data.upsert import insert_if_absent


class DailyUseStore:
    """Daily counts inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(self, member_id: UUID, what: Daily, today: date, most: int) -> bool:
        """Counts one more, unless `most` are used up. The row makes those who ask at once wait for each other."""
        insert_if_absent(self._session, DailyUse, {"member_id": member_id, "what": what, "day": today, "used": 0})
        new_day = DailyUse.day < today
        mine = update(DailyUse).where(DailyUse.member_id == member_id, DailyUse.what == what)
        taken = mine.where(or_(new_day, DailyUse.used < most)).values(
            used=case((new_day, 1), else_=DailyUse.used + 1), day=case((new_day, today), else_=DailyUse.day)
        )
        return self._session.execute(taken.returning(DailyUse.used)).first() is not None

    def give_back(self, telegram_id: int, what: Daily, today: date) -> None:
        """Takes back one of today's; nothing happens when the member is gone or the day over."""
        member_id = select(Member.id).where(Member.telegram_id == telegram_id).scalar_subquery()
        mine = update(DailyUse).where(DailyUse.member_id == member_id, DailyUse.what == what)
        self._session.execute(mine.where(DailyUse.day == today, DailyUse.used > 0).values(used=DailyUse.used - 1))
