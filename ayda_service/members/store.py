"""SQL about members, and about those who were."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from ayda_service.members.models import ErasureMark, ListedErasures, Member, What
from servicekit.data.columns import uuid7
from servicekit.data.rows import take_turn
from servicekit.data.upsert import insert_if_absent


class MemberStore:
    """Members inside the caller's transaction. Who becomes one is decided by `Membership` alone."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def held(self, telegram_id: int, *, alone: bool = False) -> Member | None:
        """The member with this Telegram id, whom nobody erases until the transaction ends.

        `alone` keeps out other holders too. Hold the member before their tokens, as everybody does.
        """
        known = _known(telegram_id)
        locked = known.with_for_update() if alone else known.with_for_update(read=True, key_share=True)
        return self._session.scalars(locked).one_or_none()

    def take_turn(self, telegram_id: int) -> None:
        """Nobody else makes this person a member, or erases them, until the transaction ends."""
        take_turn(self._session, f"member:{telegram_id}")

    def create(self, telegram_id: int, created_at: datetime) -> Member:
        """The member with this Telegram id; two callers at once get the same one."""
        insert_if_absent(self._session, Member, {"id": uuid7(), "telegram_id": telegram_id, "created_at": created_at})
        return self._session.scalars(_known(telegram_id)).one()

    def known(self, telegram_ids: set[int]) -> set[int]:
        """Those of these Telegram ids that are members'."""
        return set(self._session.scalars(select(Member.telegram_id).where(Member.telegram_id.in_(telegram_ids))))

    def is_there(self, member_id: UUID) -> bool:
        """Whether this member has not left; whoever comes back is another one."""
        return self._session.get(Member, member_id) is not None

    def any(self) -> bool:
        """Whether there are members at all."""
        return self._session.execute(select(Member.id).limit(1)).first() is not None


class MarkStore:
    """What is remembered of erasures, inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def last(self, owner_digest: str, what: What) -> ErasureMark | None:
        """The last erasure of this kind of this person, as far as it is remembered."""
        mine = select(ErasureMark).where(ErasureMark.owner_digest == owner_digest, ErasureMark.what == what)
        return self._session.scalars(mine).one_or_none()

    def put(self, owner_digest: str, what: What, erased_at: datetime, receipt_id: UUID | None) -> None:
        """Remembers an erasure in place of the one before, whose receipt stays where this one has none."""
        first = {"owner_digest": owner_digest, "what": what, "erased_at": erased_at, "times": 1}
        if not insert_if_absent(self._session, ErasureMark, {**first, "receipt_id": receipt_id}):
            mine = (ErasureMark.owner_digest == owner_digest) & (ErasureMark.what == what)
            given = {} if receipt_id is None else {"receipt_id": receipt_id}
            again = update(ErasureMark).where(mine)
            self._session.execute(again.values(erased_at=erased_at, times=ErasureMark.times + 1, **given))

    def through(self) -> datetime | None:
        """Up to when the list of erasures is known here."""
        return self._session.scalars(select(ListedErasures.through)).one_or_none()

    def known_through(self, moment: datetime) -> None:
        """The list of erasures is known here up to this moment."""
        if not insert_if_absent(self._session, ListedErasures, {"id": 1, "through": moment}):
            later = update(ListedErasures).where(ListedErasures.through < moment)
            self._session.execute(later.values(through=moment))


def _known(telegram_id: int) -> Select[tuple[Member]]:
    return select(Member).where(Member.telegram_id == telegram_id)
