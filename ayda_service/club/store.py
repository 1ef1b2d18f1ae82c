"""SQL about those who want to be found."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ayda_service.club.models import MatchingConsent
from ayda_service.members.models import Member
from servicekit.data.rows import take_turn
from servicekit.data.upsert import insert_if_absent

_TURN: Final = "matching"


class MatchingStore:
    """Consents to matching inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, member_id: UUID, name: str, now: datetime, most: int) -> bool:
        """Writes the consent down, or its new name; False, and nothing is written, when `most` others have opted in."""
        take_turn(self._session, _TURN)
        renamed = update(MatchingConsent).where(MatchingConsent.member_id == member_id).values(name=name)
        if self._session.execute(renamed.returning(MatchingConsent.member_id)).first() is not None:
            return True
        if self._session.execute(select(func.count()).select_from(MatchingConsent)).scalar_one() >= most:
            return False
        row = {"member_id": member_id, "name": name, "opted_in_at": now}
        return insert_if_absent(self._session, MatchingConsent, row)

    def end(self, telegram_id: int) -> None:
        """Ends the consent, if there is one."""
        member_id = select(Member.id).where(Member.telegram_id == telegram_id).scalar_subquery()
        self._session.execute(delete(MatchingConsent).where(MatchingConsent.member_id == member_id))

    def name(self, telegram_id: int) -> str | None:
        """The name a member chose; None for who has not opted in."""
        own = select(MatchingConsent.name).join(Member, Member.id == MatchingConsent.member_id)
        return self._session.execute(own.where(Member.telegram_id == telegram_id)).scalar_one_or_none()

    def names(self) -> dict[str, str]:
        """The chosen names of all who opted in, by Telegram id as it travels."""
        both = select(Member.telegram_id, MatchingConsent.name)
        everybody = self._session.execute(both.join(Member, Member.id == MatchingConsent.member_id))
        return {str(telegram_id): name for telegram_id, name in everybody}
