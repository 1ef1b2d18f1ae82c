"""Forgetting an athlete entirely, and showing them what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from kernel.contracts.connection import ErasureReceipt
from predictor_service.erasure.store import ErasureStore
from predictor_service.imports.archives import Inbox
from predictor_service.imports.store import ImportStore
from predictor_service.models import Base
from servicekit.data.database import Database
from servicekit.data.personal_rows import Keys, erase_rows, export_rows
from servicekit.jobs import JobQueue


class AthleteExport(msgspec.Struct, frozen=True):
    """All rows about one person by table, as they are stored, without secrets."""

    telegram_id: str
    exported_at: datetime
    tables: dict[str, list[dict[str, Any]]]


class ErasureService:
    """What a person may demand of the predictor."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        inbox: Inbox,
        forget: Callable[[str], None],
        *,
        rebuild: Callable[[Session, UUID], None],
        leave: Callable[[Session, str], dict[str, int]] | None,
        now: Callable[[], datetime],
    ) -> None:
        """`forget` takes a member out of memory; see `ProfileService.rebuild` and `OwnApp.leave`."""
        self._database = database
        self._queue = queue
        self._forget = forget
        self._inbox = inbox
        self._rebuild = rebuild
        self._leave = leave
        self._now = now

    async def erase(self, telegram_id: str) -> ErasureReceipt:
        """Deletes every row, every waiting job and every archive of the person; again, it finds nothing and says so."""
        erased, imports = await self._database.write(lambda session: self._erase(session, telegram_id))
        # after the commit: what is rolled back keeps its archives
        await asyncio.to_thread(self._inbox.drop, imports)
        self._forget(telegram_id)
        await self._database.forget_deleted()
        return ErasureReceipt("erased", erased)

    def _erase(self, session: Session, telegram_id: str) -> tuple[dict[str, int], list[UUID]]:
        person = ErasureStore(session).person(telegram_id)
        athlete_ids = [one for one in person["athlete_id"] if isinstance(one, UUID)]
        imports = ImportStore(session).ids_of(athlete_ids)
        left = {} if self._leave is None else self._leave(session, telegram_id)
        erased = {**left, **erase_rows(session, Base.metadata, person)}
        named = {"telegram_id": [telegram_id], "athlete_id": person["athlete_id"], "import_id": imports}
        jobs = self._forget_jobs(session, named)
        return ({**erased, "job": jobs} if jobs else erased), imports

    def _forget_jobs(self, session: Session, named: Keys) -> int:
        return sum(self._queue.forget(session, name, str(value)) for name, values in named.items() for value in values)

    def forget_strava(self, session: Session, athlete_id: UUID) -> dict[str, int]:
        """Deletes an athlete's Strava activities and what was made of them; how many rows of each table.

        Activities from files stay, and a profile that had Strava data in it is made anew from them. A sync that runs
        meanwhile loses its lease and writes nothing more.
        """
        erased = ErasureStore(session).forget_strava(athlete_id)
        if erased["profile"]:
            self._rebuild(session, athlete_id)
        return erased

    async def export(self, telegram_id: str) -> AthleteExport:
        """All that is stored about the person; no tables for a stranger."""

        def read(session: Session) -> dict[str, list[dict[str, Any]]]:
            return export_rows(session, Base.metadata, ErasureStore(session).person(telegram_id))

        tables = await self._database.read(read)
        return AthleteExport(telegram_id, self._now(), tables)
