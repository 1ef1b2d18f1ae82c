"""Taking in an athlete's whole history: accepted at once, read by a job."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

import msgspec
from litestar import Request
from sqlalchemy.orm import Session

from kernel.contracts.activity import ImportState, SportTag
from kernel.contracts.ids import parse_id
from predictor_service.athletes.store import AthleteStore, Seen
from predictor_service.errors import ArchivesFull, ImportNotFound
from predictor_service.imports.archives import Inbox, Incoming
from predictor_service.imports.models import ImportRow
from predictor_service.imports.store import ImportStore
from predictor_service.paths.store import PathStore
from servicekit.base.file_seals import FileSeals
from servicekit.data.database import Database
from servicekit.jobs import JobQueue
from servicekit.web.track_files import FileReader

IMPORT_HISTORY: Final = "import_history"
MOST_WAITING: Final = 3
MOST_WAITING_BYTES: Final = 1024**3
"""Of one athlete's archives on disk."""
MOST_KEPT: Final = 100
"""Of one athlete's imports, the newest ones."""


class ImportService:
    """Imports as callers see them."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        inbox: Inbox,
        files: FileReader,
        *,
        seals: FileSeals,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._queue = queue
        self._files = files
        self._seals = seals
        self.inbox = inbox
        self._now = now

    def receive(self, request: Request[Any, Any, Any]) -> AbstractAsyncContextManager[Incoming]:
        """The archive in a request, as `Inbox.receive` gives it."""
        return self.inbox.receive(request, self._files)

    async def admit(self, telegram_id: str) -> Seen:
        """What is known of the athlete when an archive begins to arrive, for `accept`.

        Raises ArchivesFull when not even the smallest archive of theirs would be taken.
        """

        def check(session: Session) -> Seen:
            athletes = AthleteStore(session)
            athlete = athletes.by_telegram_id(telegram_id)
            if athlete is not None:
                _check_room(ImportStore(session), athlete.id, 0, None)
            return athletes.seen(telegram_id)

        return await self._database.read(check)

    def accept(
        self, session: Session, incoming: Incoming, *, telegram_id: str, seen: Seen, sport: SportTag | None
    ) -> ImportState:
        """Queues the archive with the commit of `session`; the import that was there when its content is known.

        An athlete who is not known yet is created. An import that failed is tried again, and one from before paths
        were remembered. Raises ArchivesFull and
        ErasedMeanwhile.
        """
        athletes, store, now = AthleteStore(session), ImportStore(session), self._now()
        athlete = athletes.find_or_create(telegram_id, now, seen)
        athletes.lock(athlete.id)
        row = store.get_one_or_none(athlete_id=athlete.id, digest=incoming.digest)
        if row is not None and row.status != "failed" and not _wanted_again(session, row):
            return on_wire(row)
        _check_room(store, athlete.id, incoming.size_bytes, row)
        if row is None:
            fresh = {"athlete_id": athlete.id, "digest": incoming.digest, "status": "queued", "created_at": now}
            row = store.add(ImportRow(id=incoming.id, **fresh))
            store.trim(athlete.id, MOST_KEPT)
        row.status, row.detail, row.sport, row.finished_at = "queued", None, sport, None
        row.size_bytes = incoming.size_bytes
        row.key_sealed = self._seals.seal_key(incoming.key, subject=row.archive_subject)
        # before the commit: a job that is seen must find its archive
        incoming.keep(self.inbox.place(row.id))
        # one that failed is tried at once, and is a dead letter no more
        self._queue.forget(session, "import_id", str(row.id))
        self._queue.add(session, IMPORT_HISTORY, {"import_id": str(row.id)}, unique=f"{IMPORT_HISTORY}:{row.id}")
        return on_wire(row)

    async def show(self, import_id: str, telegram_id: str) -> ImportState:
        """How this athlete's import stands. Raises ImportNotFound, also for another athlete's."""
        key = parse_id(import_id)
        row = await self._database.read(lambda session: _own(session, key, telegram_id))
        if row is None:
            raise ImportNotFound(import_id)
        return on_wire(row)


def _wanted_again(session: Session, row: ImportRow) -> bool:
    """Whether it was read before its athlete asked to have paths remembered: then it has more to tell."""
    memory = PathStore(session).memory(row.athlete_id)
    return row.status == "done" and memory is not None and memory.since >= (row.finished_at or row.created_at)


def _own(session: Session, import_id: UUID | None, telegram_id: str) -> ImportRow | None:
    athlete = AthleteStore(session).by_telegram_id(telegram_id)
    return None if athlete is None else ImportStore(session).get_one_or_none(id=import_id, athlete_id=athlete.id)


def _check_room(store: ImportStore, athlete_id: UUID, more_bytes: int, again: ImportRow | None) -> None:
    """`again` is the import whose archive the new one takes the place of."""
    waiting, waiting_bytes = store.waiting(athlete_id, but=None if again is None else again.id)
    if waiting >= MOST_WAITING or waiting_bytes + more_bytes > MOST_WAITING_BYTES:
        raise ArchivesFull(waiting)


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
