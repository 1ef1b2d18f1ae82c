"""Forgetting an athlete entirely, and showing them what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.connection import ErasureReceipt
from predictor_service.erasure.store import ErasureStore
from predictor_service.imports.incoming import Inbox
from predictor_service.imports.store import ImportStore
from servicekit.data.database import Database
from servicekit.jobs import JobQueue

Leave = Callable[[AsyncSession, str], Awaitable[dict[str, int]]]
"""Ends the member's connection through an own Strava application; rows of each table."""


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
        drop_token: Callable[[str], None],
        inbox: Inbox,
        *,
        leave: Leave | None,
        now: Callable[[], datetime],
    ) -> None:
        """`drop_token` forgets a member's access token that this process remembers."""
        self._database = database
        self._queue = queue
        self._drop_token = drop_token
        self._inbox = inbox
        self._leave = leave
        self._now = now

    async def erase(self, telegram_id: str) -> ErasureReceipt:
        """Deletes every row, every waiting job and every archive of the person; again, it finds nothing and says so."""
        async with self._database.transaction() as session:
            store = ErasureStore(session)
            person = await store.person(telegram_id)
            athlete_ids = [one for one in person["athlete_id"] if isinstance(one, UUID)]
            imports = await ImportStore(session).ids_of(athlete_ids)
            left = {} if self._leave is None else await self._leave(session, telegram_id)
            erased = {**left, **await store.erase(person)}
            jobs = await self._queue.forget("telegram_id", telegram_id, session=session)
            for athlete_id in person["athlete_id"]:
                jobs += await self._queue.forget("athlete_id", str(athlete_id), session=session)
            for import_id in imports:
                jobs += await self._queue.forget("import_id", str(import_id), session=session)
        # after the commit: what is rolled back keeps its archives
        await asyncio.to_thread(self._inbox.drop, imports)
        self._drop_token(telegram_id)
        await self._database.forget_deleted()
        return ErasureReceipt("erased", {**erased, "job": jobs} if jobs else erased)

    async def export(self, telegram_id: str) -> AthleteExport:
        """All that is stored about the person; no tables for a stranger."""
        async with self._database.reading() as session:
            store = ErasureStore(session)
            tables = await store.export(await store.person(telegram_id))
        return AthleteExport(telegram_id, self._now(), tables)
