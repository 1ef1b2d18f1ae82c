"""SQL about athletes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from predictor_service.athletes.models import Athlete
from servicekit.data.database import uuid7
from servicekit.data.upsert import insert_if_absent


class AthleteStore:
    """Athletes inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_or_create(self, telegram_id: str, created_at: datetime) -> Athlete:
        """The athlete of this Telegram id; two callers at once get the same one."""
        values = {"id": uuid7(), "telegram_id": telegram_id, "created_at": created_at}
        known = await self.by_telegram_id(telegram_id)
        if known is None:
            await insert_if_absent(self._session, Athlete, values)
        return known or (await self._session.scalars(select(Athlete).where(Athlete.telegram_id == telegram_id))).one()

    async def lock(self, athlete_id: UUID) -> str:
        """The athlete's Telegram id; on PostgreSQL no one else locks this athlete until the transaction ends.

        SQLite needs no such lock: its transactions run one after the other.
        """
        row = select(Athlete.telegram_id).where(Athlete.id == athlete_id).with_for_update()
        return (await self._session.execute(row)).scalar_one()

    async def by_id(self, athlete_id: UUID) -> Athlete | None:
        """The athlete of this id of ours."""
        return await self._session.get(Athlete, athlete_id)

    async def by_telegram_id(self, telegram_id: str) -> Athlete | None:
        """The athlete of this Telegram id."""
        return (await self._session.scalars(select(Athlete).where(Athlete.telegram_id == telegram_id))).one_or_none()

    async def by_strava_id(self, strava_athlete_id: int) -> Athlete | None:
        """The athlete this Strava id was last announced for."""
        found = await self._session.scalars(select(Athlete).where(Athlete.strava_athlete_id == strava_athlete_id))
        return found.one_or_none()

    async def connected(self) -> list[UUID]:
        """Every athlete with a Strava id, oldest first: those a background sync visits."""
        known = select(Athlete.id).where(Athlete.strava_athlete_id.is_not(None)).order_by(Athlete.id)
        return list(await self._session.scalars(known))

    async def set_strava_id(self, athlete_id: UUID, strava_athlete_id: int | None) -> None:
        """Links the athlete to a Strava id. Whoever held that id before loses it: the newest announcement counts."""
        if strava_athlete_id is not None:
            held = Athlete.strava_athlete_id == strava_athlete_id
            freed = update(Athlete).where(held, Athlete.id != athlete_id).values(strava_athlete_id=None)
            await self._session.execute(freed)
        link = update(Athlete).where(Athlete.id == athlete_id).values(strava_athlete_id=strava_athlete_id)
        await self._session.execute(link)
