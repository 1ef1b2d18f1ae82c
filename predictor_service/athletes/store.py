"""SQL about athletes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from predictor_service.athletes.models import Athlete
from servicekit.data.columns import uuid7
from servicekit.data.upsert import insert_if_absent


class AthleteStore:
    """Athletes inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_or_create(self, telegram_id: str, created_at: datetime) -> Athlete:
        """The athlete of this Telegram id; two callers at once get the same one."""
        values = {"id": uuid7(), "telegram_id": telegram_id, "created_at": created_at}
        known = self.by_telegram_id(telegram_id)
        if known is None:
            insert_if_absent(self._session, Athlete, values)
        return known or (self._session.scalars(select(Athlete).where(Athlete.telegram_id == telegram_id))).one()

    def lock(self, athlete_id: UUID) -> str:
        """The athlete's Telegram id; on PostgreSQL no one else locks this athlete until the transaction ends.

        SQLite needs no such lock: its transactions run one after the other.
        """
        row = select(Athlete.telegram_id).where(Athlete.id == athlete_id).with_for_update()
        return (self._session.execute(row)).scalar_one()

    def by_id(self, athlete_id: UUID) -> Athlete | None:
        """The athlete of this id of ours."""
        return self._session.get(Athlete, athlete_id)

    def by_telegram_id(self, telegram_id: str) -> Athlete | None:
        """The athlete of this Telegram id."""
        return (self._session.scalars(select(Athlete).where(Athlete.telegram_id == telegram_id))).one_or_none()

    def by_strava_id(self, strava_athlete_id: int) -> Athlete | None:
        """The athlete this Strava id was last announced for."""
        found = self._session.scalars(select(Athlete).where(Athlete.strava_athlete_id == strava_athlete_id))
        return found.one_or_none()

    def connected(self) -> list[UUID]:
        """Every athlete with a Strava id, oldest first: those a background sync visits."""
        known = select(Athlete.id).where(Athlete.strava_athlete_id.is_not(None)).order_by(Athlete.id)
        return list(self._session.scalars(known))

    def set_strava_id(self, athlete_id: UUID, strava_athlete_id: int | None) -> None:
        """Links the athlete to a Strava id. Whoever held that id before loses it: the newest announcement counts."""
        if strava_athlete_id is not None:
            held = Athlete.strava_athlete_id == strava_athlete_id
            freed = update(Athlete).where(held, Athlete.id != athlete_id).values(strava_athlete_id=None)
            self._session.execute(freed)
        link = update(Athlete).where(Athlete.id == athlete_id).values(strava_athlete_id=strava_athlete_id)
        self._session.execute(link)
