"""Taking in an athlete's whole history: accepted at once, read by a job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, cast

import msgspec
from sqlalchemy.orm import Session

from kernel.contracts.activity import ImportState, SportTag
from kernel.contracts.ids import parse_id
from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import ImportNotFound
from predictor_service.imports.archives import Inbox, Incoming
from predictor_service.imports.models import ImportRow
from predictor_service.imports.store import ImportStore
from servicekit.data.database import Database
from servicekit.jobs import JobQueue

IMPORT_HISTORY: Final = "import_history"


class ImportService:
    """Imports as callers see them."""

    def __init__(self, database: Database, queue: JobQueue, inbox: Inbox, now: Callable[[], datetime]) -> None:
        self._database = database
        self._queue = queue
        self.inbox = inbox
        self._now = now

    def accept(self, session: Session, incoming: Incoming, *, telegram_id: str, sport: SportTag | None) -> ImportState:
        """Queues the archive with the commit of `session`; the import that was there when its content is known.

        An athlete who is not known yet is created. An import that failed is tried again.
        """
        athletes, store, now = AthleteStore(session), ImportStore(session), self._now()
        athlete = athletes.find_or_create(telegram_id, now)
        athletes.lock(athlete.id)
        row = store.get_one_or_none(athlete_id=athlete.id, digest=incoming.digest)
        if row is not None and row.status != "failed":
            return on_wire(row)
        if row is None:
            fresh = {"athlete_id": athlete.id, "digest": incoming.digest, "status": "queued", "created_at": now}
            row = store.add(ImportRow(id=incoming.id, **fresh))
        row.status, row.detail, row.sport, row.finished_at = "queued", None, sport, None
        # before the commit: a job that is seen must find its archive
        incoming.keep(self.inbox.place(row.id))
        # one that failed is tried at once, and is a dead letter no more
        self._queue.forget(session, "import_id", str(row.id))
        self._queue.add(session, IMPORT_HISTORY, {"import_id": str(row.id)}, unique=f"{IMPORT_HISTORY}:{row.id}")
        return on_wire(row)

    async def show(self, import_id: str) -> ImportState:
        """How the import stands. Raises ImportNotFound."""
        key = parse_id(import_id)
        row = await self._database.read(lambda session: ImportStore(session).get_one_or_none(id=key))
        if row is None:
            raise ImportNotFound(import_id)
        return on_wire(row)


def on_wire(row: ImportRow) -> ImportState:
    """The import as it is told."""
    return ImportState(
        id=str(row.id),
        status=row.status,
        files_total=row.files_total,
        files_read=row.files_read,
        added=row.added,
        duplicates=row.duplicates,
        dropped=cast("dict[str, int]", msgspec.json.decode(row.dropped)),
        detail=row.detail,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
