"""SQL about all that belongs to one member, and about receipts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ayda_service.me.models import AtStrava, Erasure
from ayda_service.members.models import Member
from ayda_service.models_base import Base
from ayda_service.predictions.models import StoredPrediction
from ayda_service.strava.models import Revocation, StravaToken
from servicekit.data.personal_rows import Keys, erase_rows
from servicekit.data.rows import PlainRows

_ANSWERS_AT_ONCE: Final = 100


class _Answer(msgspec.Struct):
    personalized: bool


class Someone(NamedTuple):
    """A member, since when they are one, and with which athlete they are connected since when."""

    telegram_id: int
    created_at: datetime
    athlete_id: int | None
    connected_at: datetime | None


class OwnDataStore:
    """One member's rows inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def person(self, telegram_id: int) -> Keys:
        """Everything by which rows name this person; events of Strava call the athlete their owner."""
        joined = select(Member.id, StravaToken.athlete_id).outerjoin(StravaToken)
        row = self._session.execute(joined.where(Member.telegram_id == telegram_id)).one_or_none()
        athlete = [] if row is None or row.athlete_id is None else [row.athlete_id]
        member = [] if row is None else [row.id]
        return {"telegram_id": [telegram_id], "member_id": member, "athlete_id": athlete, "owner_id": athlete}

    def everybody(self) -> list[Someone]:
        """Each member."""
        token = (StravaToken.athlete_id, StravaToken.updated_at)
        all_of_them = select(Member.telegram_id, Member.created_at, *token).outerjoin(StravaToken)
        return [Someone._make(row) for row in self._session.execute(all_of_them)]

    def erase(self, keys: Keys) -> dict[str, int]:
        """Deletes every row that any of the keys names; rows of each table."""
        return erase_rows(self._session, Base.metadata, keys)

    def erase_personal_predictions(self, member_id: UUID) -> int:
        """Deletes the answers that a profile was used for; how many."""
        own = select(StoredPrediction.id, StoredPrediction.answer).where(StoredPrediction.member_id == member_id)
        # long answers do not come into memory all at once
        some = own.order_by(StoredPrediction.id).limit(_ANSWERS_AT_ONCE)
        erased, after = 0, UUID(int=0)
        while page := self._session.execute(some.where(StoredPrediction.id > after)).all():
            personal = [key for key, answer in page if msgspec.json.decode(answer, type=_Answer).personalized]
            self._session.execute(delete(StoredPrediction).where(StoredPrediction.id.in_(personal)))
            erased, after = erased + len(personal), page[-1].id
        return erased

    def adopt(self, keys: Keys, receipt_id: UUID) -> int:
        """Has this receipt tell of what the person's former connections wait for at Strava; of how many."""
        former = update(Revocation).where(Revocation.member_id.in_(keys["member_id"]), Revocation.receipt_id.is_(None))
        told = former.values(receipt_id=receipt_id).returning(Revocation.id)
        return len(self._session.execute(told).all())


class ReceiptStore(PlainRows[Erasure]):
    """Receipts inside the caller's transaction."""

    model_type = Erasure

    def settle(self, receipt_id: UUID, values: Mapping[str, Any], now: datetime) -> None:
        """Writes what became of a pending part, and the end once nothing is pending."""
        mine = Erasure.id == receipt_id
        self.session.execute(update(Erasure).where(mine).values(**values))
        self._finish(mine, now)

    def settle_strava(self, revocation_id: UUID, outcome: AtStrava, now: datetime) -> None:
        """Writes what became of a revocation into its receipt: at once if in vain, else with the last one."""
        told = select(Revocation.receipt_id).where(Revocation.id == revocation_id)
        receipt_id = self.session.execute(told).scalar_one_or_none()
        # one after the other: of two that settle at once each would see the other one and leave the last word to it
        self.session.execute(select(Erasure.id).where(Erasure.id == receipt_id).with_for_update())
        others = select(Revocation.id).where(Revocation.receipt_id == receipt_id, Revocation.id != revocation_id)
        if outcome != "given_up" and self.session.execute(others).first() is not None:
            return
        mine = (Erasure.id == receipt_id) & (Erasure.strava == "pending")
        self.session.execute(update(Erasure).where(mine).values(strava=outcome))
        self._finish(Erasure.id == receipt_id, now)

    def _finish(self, mine: ColumnElement[bool], now: datetime) -> None:
        done = mine & (Erasure.strava != "pending") & (Erasure.predictor != "pending")
        self.session.execute(update(Erasure).where(done, Erasure.finished_at.is_(None)).values(finished_at=now))
