"""A database that was restored from a backup: whose erasure, or end of a connection, at ayda it has not seen."""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session

from kernel.contracts.connection import StravaDisconnected
from predictor_service.athletes.service import AthleteService
from predictor_service.athletes.store import AthleteStore
from predictor_service.erasure.service import ErasureService
from servicekit.data.database import Database
from servicekit.data.erasure_list import ErasureList, StillThere


class RestoredAthletes:
    """What a restored database still has of people and connections that are on ayda's list."""

    def __init__(self, database: Database, erasure: ErasureService, athletes: AthleteService) -> None:
        self._database = database
        self._erasure = erasure
        self._athletes = athletes

    async def found(self, erasures: ErasureList) -> StillThere:
        """Athletes who were erased after they came, and those whose connection ended after it was announced."""
        listed = erasures.read()
        rows = await self._database.read(lambda session: AthleteStore(session).everybody())
        people, ended = list[int](), list[int]()
        for row in rows:
            telegram_id, strava_id = int(row.telegram_id), row.strava_athlete_id
            if erasures.since(listed, "person", telegram_id, row.created_at):
                people.append(telegram_id)
            elif strava_id is not None and erasures.since(
                listed, "athlete", strava_id, row.connected_at or row.created_at
            ):
                ended.append(telegram_id)
        return StillThere(people, ended)

    async def erase_again(self, still_there: StillThere) -> None:
        """Erases them as when ayda asked for it."""
        for telegram_id in still_there.people:
            await self._erasure.erase(str(telegram_id))
        for telegram_id in still_there.connections:
            await self._database.write(partial(self._end, telegram_id=str(telegram_id)))
        await self._database.forget_deleted()

    async def settle(self, _erasures: ErasureList) -> None:
        """Nothing is written down: only ayda's database knows how far the list goes."""

    def _end(self, session: Session, telegram_id: str) -> None:
        athlete = AthleteStore(session).by_telegram_id(telegram_id)
        if athlete is not None and athlete.strava_athlete_id is not None:
            self._athletes.disconnected(session, StravaDisconnected(telegram_id, athlete.strava_athlete_id))
