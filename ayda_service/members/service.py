"""Who is a member: the one place that decides it, for everything that began before an erasure and ends after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from ayda_service.errors import ErasedSince
from ayda_service.members.models import Member, What
from ayda_service.members.store import MarkStore, MemberStore
from servicekit.data.erasure_list import ErasureList, Kind

SAME_RECEIPT: Final = timedelta(minutes=10)
"""For so long whoever asks again, and has nothing left to erase, gets the receipt that was given before."""


class Membership:
    """Makes people members, and remembers for a while that they were erased."""

    def __init__(self, erasures: ErasureList, *, now: Callable[[], datetime]) -> None:
        self._erasures = erasures
        self._now = now

    def join(self, session: Session, telegram_id: int, vouched_at: datetime, *, alone: bool = False) -> Member:
        """The member, made one if need be, whom nobody erases until the transaction ends; `alone` as in `held`.

        `vouched_at`: when Telegram said who asks. Raises ErasedSince if the person was erased at that moment or later,
        so that what was under way then brings nobody back; whoever comes anew has a newer proof.
        """
        store = MemberStore(session)
        member = store.held(telegram_id, alone=alone)
        if member is None:
            store.take_turn(telegram_id)
            member = store.held(telegram_id, alone=alone)  # another one may have had the turn before
        if self.erased_since(session, telegram_id, vouched_at):
            raise ErasedSince
        return member or store.create(telegram_id, self._now())

    def alone(self, session: Session, telegram_id: int) -> Member | None:
        """The member, with whose rows nobody else does anything, nor makes them a member, until the transaction ends.

        Hold the member before their tokens, as everybody does.
        """
        store = MemberStore(session)
        store.take_turn(telegram_id)
        return store.held(telegram_id, alone=True)

    def still(self, session: Session, telegram_id: int, begun_at: datetime) -> Member | None:
        """The member as in `alone`; None when they were erased since what they began then, also if they are back."""
        member = self.alone(session, telegram_id)
        return None if self.erased_since(session, telegram_id, begun_at) else member

    def erased_since(self, session: Session, telegram_id: int, moment: datetime) -> bool:
        """Whether this person was erased with everything at this moment or later."""
        mark = MarkStore(session).last(self._digest(telegram_id), "everything")
        return mark is not None and mark.erased_at >= moment

    def ends(self, session: Session, telegram_id: int) -> int:
        """How often what came from Strava was lately erased, of this person: it is not the same after one more time."""
        mark = MarkStore(session).last(self._digest(telegram_id), "strava")
        return 0 if mark is None else mark.times

    def mark(self, session: Session, telegram_id: int, what: What, receipt_id: UUID | None = None) -> None:
        """Remembers an erasure of somebody who is held `alone`."""
        MarkStore(session).put(self._digest(telegram_id), what, self._now(), receipt_id)

    def receipt_before(self, session: Session, telegram_id: int, what: What) -> UUID | None:
        """The receipt that this person was given a moment ago, for as much as is asked now."""
        mark = MarkStore(session).last(self._digest(telegram_id), what)
        return mark.receipt_id if mark is not None and mark.erased_at > self._now() - SAME_RECEIPT else None

    def listed(self, session: Session, kind: Kind, number: int) -> None:
        """Writes an erasure into the list outside of the database, for good, before the commit of `session`.

        The list has to be first: a process may die between the two, and then nobody was promised anything. A commit
        that fails leaves a line that is not true, about somebody who has asked for it.
        """
        now = self._now()
        self._erasures.add([(kind, number)], now)
        MarkStore(session).known_through(now)

    def is_behind(self, session: Session) -> bool:
        """Whether the list tells of erasures that this database knows nothing of: it was restored from a backup.

        One without members has nobody to bring back.
        """
        last = self._erasures.last_at()
        if last is None or not MemberStore(session).any():
            return False
        through = MarkStore(session).through()
        return through is None or through < last

    def known_through(self, session: Session, moment: datetime) -> None:
        """Everything that is on the list up to this moment is erased here."""
        MarkStore(session).known_through(moment)

    def _digest(self, telegram_id: int) -> str:
        return self._erasures.digest("mark", telegram_id)
