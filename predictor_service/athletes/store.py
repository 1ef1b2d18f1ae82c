"""SQL about athletes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from predictor_service.athletes.models import Athlete
from servicekit.data.columns import uuid7
from servicekit.data.rows import PlainRows
from servicekit.data.upsert import insert_if_absent


class AthleteStore(PlainRows[Athlete]):
    """Athletes inside the caller's transaction."""

    model_type = Athlete

    def find_or_create(self, telegram_id: str, created_at: datetime) -> Athlete:
        """The athlete of this Telegram id; two callers at once get the same one."""
        known = self.by_telegram_id(telegram_id)
        if known is None:
            values = {"id": uuid7(), "telegram_id": telegram_id, "created_at": created_at}
            insert_if_absent(self.session, Athlete, values)
        return known or self.get_one(telegram_id=telegram_id)

    def lock(self, athlete_id: UUID) -> str:
        """The athlete's Telegram id; on PostgreSQL no one else locks this athlete until the transaction ends.

        SQLite needs no such lock: its transactions run one after the other.
        """
        row = select(Athlete.telegram_id).where(Athlete.id == athlete_id).with_for_update()
        return self.session.scalars(row).one()

    def by_telegram_id(self, telegram_id: str) -> Athlete | None:
        """The athlete of this Telegram id."""
        return self.get_one_or_none(telegram_id=telegram_id)

    def by_strava_id(self, strava_athlete_id: int) -> Athlete | None:
        """The athlete this Strava id was last announced for."""
        return self.get_one_or_none(strava_athlete_id=strava_athlete_id)

    def others_with(self, strava_athlete_id: int, athlete_id: UUID) -> list[UUID]:
        """Athletes other than this one that hold the Strava id."""
        held = select(Athlete.id).where(Athlete.strava_athlete_id == strava_athlete_id, Athlete.id != athlete_id)
        return list(self.session.scalars(held))

    def set_strava_id(self, athlete_id: UUID, strava_athlete_id: int | None) -> None:
        """Links the athlete to a Strava id. Whoever held that id before loses it: the newest announcement counts."""
        if strava_athlete_id is not None:
            held = Athlete.strava_athlete_id == strava_athlete_id
            freed = update(Athlete).where(held, Athlete.id != athlete_id).values(strava_athlete_id=None)
            self.session.execute(freed)
        link = update(Athlete).where(Athlete.id == athlete_id).values(strava_athlete_id=strava_athlete_id)
        self.session.execute(link)
