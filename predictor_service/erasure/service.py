"""Forgetting an athlete entirely, and showing them what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from kernel.contracts.connection import ErasureReceipt, ExportedRow, ExportPage
from predictor_service.athletes.store import ErasedMemberStore
from predictor_service.erasure.store import ErasureStore
from predictor_service.errors import PlaceUnknown
from predictor_service.imports.archives import Inbox
from predictor_service.imports.store import ImportStore
from predictor_service.models import Base
from servicekit.data.database import Database
from servicekit.data.personal_json import PersonalExport, readable
from servicekit.data.personal_pages import BadPlace, PersonalPages, Place
from servicekit.data.personal_rows import Keys, erase_rows
from servicekit.jobs import JobQueue


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
        self._export = PersonalExport(database, PersonalPages(Base.metadata))
        self._queue = queue
        self._forget = forget
        self._inbox = inbox
        self._rebuild = rebuild
        self._leave = leave
        self._now = now

    async def erase(self, telegram_id: str, member_id: UUID | None = None) -> ErasureReceipt:
        """Deletes every row, every waiting job and every archive of the person; again, it finds nothing and says so.

        No late notice about that member of ayda's brings them back.
        """
        erased, imports = await self._database.write(lambda session: self._erase(session, telegram_id, member_id))
        # after the commit: what is rolled back keeps its archives
        await asyncio.to_thread(self._inbox.drop, imports)
        self._forget(telegram_id)
        await self._database.forget_deleted()
        return ErasureReceipt("erased", erased)

    def _erase(self, session: Session, telegram_id: str, member_id: UUID | None) -> tuple[dict[str, int], list[UUID]]:
        person = ErasureStore(session).person(telegram_id, alone=True)
        ErasedMemberStore(session).add(member_id, self._now())
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

    async def export(self, telegram_id: str) -> AsyncIterator[bytes]:
        """All that is stored about the person, as one JSON object in pieces; no tables for a stranger."""
        head = msgspec.json.encode({"telegram_id": telegram_id, "exported_at": self._now()})
        yield head[:-1] + b',"tables":'
        async for piece in self._export.tables(_person(telegram_id)):
            yield piece
        yield b"}"

    async def export_page(self, telegram_id: str, after: str | None) -> ExportPage:
        """The next rows about the person. Raises PlaceUnknown for an `after` that no page gave."""
        try:
            place = None if after is None else Place.of_text(after, Base.metadata)
        except BadPlace:
            raise PlaceUnknown from None
        page = await self._export.page(_person(telegram_id), place)
        rows = await asyncio.to_thread(lambda: [ExportedRow(table, readable(row)) for table, row in page.rows])
        return ExportPage(rows, None if page.next is None else page.next.to_text())


def _person(telegram_id: str) -> Callable[[Session], Keys]:
    return lambda session: ErasureStore(session).person(telegram_id)
