"""SQL about athletes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from predictor_service.athletes.models import Athlete, ErasedMember
from predictor_service.errors import ErasedMeanwhile
from servicekit.data.columns import uuid7
from servicekit.data.rows import PlainRows, take_turn
from servicekit.data.upsert import insert_if_absent

_A: Final = cast("Table", Athlete.__table__).c
_GENERATION: Final = select(_A.generation).where(_A.id == bindparam("athlete_id")).with_for_update(read=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was known of a person when a request about them began: their row, if there was one, and all erasures."""

    athlete_id: UUID | None
    erasures: tuple[int, datetime | None]


class AthleteStore(PlainRows[Athlete]):
    """Athletes inside the caller's transaction."""

    model_type = Athlete

    def take_turn(self, telegram_id: str) -> None:
        """Nobody else makes or erases this athlete until the transaction ends."""
        take_turn(self.session, f"athlete:{telegram_id}")

    def seen(self, telegram_id: str) -> Seen:
        """How things stand, for `find_or_create` at the end of the request."""
        known = select(Athlete.id).where(Athlete.telegram_id == telegram_id)
        return Seen(self.session.scalars(known).one_or_none(), ErasedMemberStore(self.session).all())

    def find_or_create(self, telegram_id: str, created_at: datetime, seen: Seen | None = None) -> Athlete:
        """The athlete of this Telegram id; two callers at once get the same one.

        Raises ErasedMeanwhile when the athlete was, or may have been, erased after what was `seen`: nobody comes back
        with a request that began before.
        """
        self.take_turn(telegram_id)
        known = self.by_telegram_id(telegram_id)
        if seen is not None and (known is None or known.id != seen.athlete_id):
            gone = seen.athlete_id is not None
            if gone or seen.erasures != ErasedMemberStore(self.session).all():
                raise ErasedMeanwhile
        if known is None:
            values = {"id": uuid7(), "telegram_id": telegram_id, "generation": 0, "created_at": created_at}
            insert_if_absent(self.session, Athlete, values)
        return known or self.get_one(telegram_id=telegram_id)

    def lock(self, athlete_id: UUID) -> str:
        """The athlete's Telegram id; on PostgreSQL no one else locks this athlete until the transaction ends.

        SQLite needs no such lock: its transactions run one after the other. Raises ErasedMeanwhile.
        """
        row = select(Athlete.telegram_id).where(Athlete.id == athlete_id).with_for_update()
        telegram_id = self.session.scalars(row).one_or_none()
        if telegram_id is None:
            raise ErasedMeanwhile
        return telegram_id

    def is_still(self, athlete_id: UUID, generation: int) -> bool:
        """Whether neither the athlete nor what came from Strava was erased since; so it stays in this transaction."""
        return self.session.execute(_GENERATION, {"athlete_id": athlete_id}).scalar_one_or_none() == generation

    def held(self, telegram_id: str) -> Athlete | None:
        """The athlete, of whom nobody erases anything until the transaction ends."""
        mine = select(Athlete).where(Athlete.telegram_id == telegram_id)
        return self.session.scalars(mine.with_for_update(read=True)).one_or_none()

    def all_held(self, telegram_ids: Collection[str]) -> dict[str, Athlete]:
        """The same of many, by their Telegram ids; in one order, so that two such callers wait and never cross."""
        if not telegram_ids:
            return {}
        theirs = select(Athlete).where(Athlete.telegram_id.in_(telegram_ids)).order_by(Athlete.id)
        rows = self.session.scalars(theirs.with_for_update(read=True))
        return {athlete.telegram_id: athlete for athlete in rows}

    def ids_of(self, telegram_ids: Collection[str]) -> list[UUID]:
        """Those of the people who are known, in one order, so that two who lock them wait and never cross."""
        theirs = select(Athlete.id).where(Athlete.telegram_id.in_(telegram_ids)).order_by(Athlete.id)
        return list(self.session.scalars(theirs))

    def by_telegram_id(self, telegram_id: str) -> Athlete | None:
        """The athlete of this Telegram id."""
        return self.get_one_or_none(telegram_id=telegram_id)

    def everybody(self) -> list[Athlete]:
        """Every athlete."""
        return list(self.session.scalars(select(Athlete)))

    def by_strava_id(self, strava_athlete_id: int) -> Athlete | None:
        """The athlete this Strava id was last announced for."""
        return self.get_one_or_none(strava_athlete_id=strava_athlete_id)

    def others_with(self, strava_athlete_id: int, athlete_id: UUID) -> list[UUID]:
        """Athletes other than this one that hold the Strava id."""
        held = select(Athlete.id).where(Athlete.strava_athlete_id == strava_athlete_id, Athlete.id != athlete_id)
        return list(self.session.scalars(held))

    def set_strava_id(self, athlete_id: UUID, strava_athlete_id: int, now: datetime) -> None:
        """Links the athlete to a Strava id. Whoever held that id before loses it: the newest announcement counts."""
        held = Athlete.strava_athlete_id == strava_athlete_id
        freed = update(Athlete).where(held, Athlete.id != athlete_id).values(strava_athlete_id=None)
        self.session.execute(freed)
        link = update(Athlete).where(Athlete.id == athlete_id)
        self.session.execute(link.values(strava_athlete_id=strava_athlete_id, connected_at=now))


class ErasedMemberStore:
    """What is remembered of erasures, inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, member_id: UUID | None, erased_at: datetime) -> None:
        """Remembers an erasure, of a member of ayda's or of somebody ayda knows nothing of."""
        row = {"digest": _digest(member_id or uuid7()), "erased_at": erased_at}
        insert_if_absent(self._session, ErasedMember, row)

    def has(self, member_id: UUID) -> bool:
        """Whether this member of ayda's was erased."""
        return self._session.get(ErasedMember, _digest(member_id)) is not None

    def all(self) -> tuple[int, datetime | None]:
        """How many erasures are remembered, and when the last one was: it is not the same after one more."""
        row = self._session.execute(select(func.count(), func.max(ErasedMember.erased_at))).one()
        return row[0], row[1]


def _digest(member_id: UUID) -> str:
    return hashlib.sha256(member_id.bytes).hexdigest()
