"""Reading whole histories in the background, and clearing away archives that were left.

An archive is read in children, its outings are stored, the profile is fitted once.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from predictor_service.activities.service import activity_of, paths_in
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import StorageFull
from predictor_service.imports.archives import Inbox
from predictor_service.imports.models import ImportRow
from predictor_service.imports.reading import Sources, reading
from predictor_service.imports.service import IMPORT_HISTORY
from predictor_service.imports.store import ImportStore
from predictor_service.paths.memory import PathKey, PathMemory
from servicekit.base.file_seals import FileSeals
from servicekit.data.database import Database
from servicekit.jobs import Job
from servicekit.web.track_files import CLOCK_TOLERANCE
from trackfiles.history import History
from trackfiles.outing import Outing
from trackfiles.sealed import SealedFile

TIMEOUT_S: Final = 3600.0
RETRY_S: Final = (60.0, 600.0)
KEPT: Final = timedelta(days=7)
UNCOMMITTED: Final = timedelta(hours=1)
"""An archive may lie there for so long before its import is committed."""
SWEEP_EVERY_S: Final = 6 * 3600.0
ABANDONED: Final = "Reading the archive was interrupted again and again, and was given up. Send it once more."
BATCH: Final = 50
"""Outings of one transaction: others write in between."""
PROGRESS_S: Final = 1.0
_GONE: Final = "The archive is no longer there. Send it again."
_BROKE: Final = "Reading the archive stopped on an internal error. It is tried again; if this stays, send it again."
_CUT: Final = "Reading the archive was interrupted. It goes on by itself; if this stays, send it again."


class Importer:
    """Runs imports; running one again changes nothing more."""

    def __init__(
        self,
        database: Database,
        learn: Callable[[Session, UUID], None],
        inbox: Inbox,
        seals: FileSeals,
        *,
        memory: PathMemory,
        now: Callable[[], datetime],
    ) -> None:
        """`learn` is called once all of an archive is stored."""
        self._database = database
        self._learn = learn
        self._inbox = inbox
        self._seals = seals
        self._memory = memory
        self._now = now

    def jobs(self) -> tuple[Job, ...]:
        """What reads archives, one at a time in each process, and what clears away those that were left."""
        read = Job(
            IMPORT_HISTORY,
            lambda args: self.run(UUID(args["import_id"])),
            retry_delays_s=RETRY_S,
            concurrency=1,
            timeout_s=TIMEOUT_S,
            on_dead=self._abandon,
        )
        return read, Job("sweep_imports", lambda _args: self._sweep(), every_s=SWEEP_EVERY_S)

    async def run(self, import_id: UUID) -> None:
        """Reads the archive of an import. Nothing happens when it is done, or the athlete is gone."""
        archive = self._inbox.place(import_id)
        row = await self._database.read(lambda session: ImportStore(session).get_one_or_none(id=import_id))
        if row is None or row.status == "done":
            archive.unlink(missing_ok=True)
            return
        if not archive.is_file():
            await self._show(import_id, status="failed", detail=_GONE, finished_at=self._now(), size_bytes=0)
            return
        try:
            await self._show(import_id, status="running", detail=None)
            key = await self._database.read(lambda session: self._memory.key_of(session, row.athlete_id))
            await self._store(row, await self._read(row, archive, key), key)
        except (asyncio.CancelledError, Exception) as error:
            detail = _CUT if isinstance(error, asyncio.CancelledError) else _BROKE
            await self._show(import_id, status="failed", detail=detail, finished_at=self._now())
            raise
        archive.unlink(missing_ok=True)
        await self._database.write(lambda session: ImportStore(session).without_archives([import_id]))

    async def _read(self, row: ImportRow, archive: Path, key: PathKey | None) -> History:
        """What is in the archive, read in children while the row shows how far it is."""
        path_key = None if key is None else key.key
        async with reading(Sources([self._source(row, archive)], row.sport, path_key=path_key)) as under_way:
            async for _ in under_way.steps(PROGRESS_S):
                await self._show(row.id, files_read=under_way.files.read, files_total=under_way.files.of)
            return await under_way.result

    def _source(self, row: ImportRow, archive: Path) -> Path | SealedFile:
        """The archive with its key, where it has one. Raises SealBroken."""
        if row.key_sealed is None:
            return archive
        return SealedFile(archive, self._seals.open_key(row.key_sealed, subject=row.archive_subject))

    async def _store(self, row: ImportRow, history: History, key: PathKey | None) -> None:
        dropped, tally = Counter(one.code for one in history.dropped), Counter[str]()
        latest = self._now() + CLOCK_TOLERANCE
        outings = [one for one in history.outings if one.started_at <= latest]
        dropped["implausible_time"] += len(history.outings) - len(outings)
        for begin in range(0, len(outings), BATCH):
            tally = await self._database.write(partial(self._add, row, outings[begin : begin + BATCH], tally, key))
        await self._database.write(partial(self._finish, row, tally, dropped))

    def _finish(self, row: ImportRow, tally: Counter[str], dropped: Counter[str], session: Session) -> None:
        if tally["added"] or tally["mended"]:
            self._learn(session, row.athlete_id)
        left_out = dropped + Counter(storage_full=tally["full"])
        ImportStore(session).show(
            row.id,
            status="done",
            dropped=msgspec.json.encode({code: n for code, n in sorted(left_out.items()) if n}).decode(),
            finished_at=self._now(),
            **_counted(tally),
        )

    def _add(
        self, row: ImportRow, outings: Sequence[Outing], before: Counter[str], key: PathKey | None, session: Session
    ) -> Counter[str]:
        AthleteStore(session).lock(row.athlete_id)
        store, tally = ActivityStore(session), before.copy()
        for outing in outings:
            activity = activity_of(outing, row.athlete_id, "user_file", self._now())
            try:
                known = store.add_file(activity)
            except StorageFull:
                tally["full"] += 1
                continue
            tally["added" if known is None else "duplicates"] += 1
            mended = known is not None and session.is_modified(known)
            kept = self._memory.keep(session, row.athlete_id, (known or activity).id, paths_in(outing), key)
            tally["mended"] += mended or (known is not None and kept)
        ImportStore(session).show(row.id, **_counted(tally))
        return tally

    def _abandon(self, args: Mapping[str, Any], session: Session) -> None:
        ImportStore(session).abandon(UUID(args["import_id"]), ABANDONED, self._now())

    async def _sweep(self) -> None:
        await asyncio.to_thread(self._inbox.sweep, (self._now() - KEPT).timestamp())
        # a process that was killed right after an erasure, or before an import was committed, left these
        kept = await asyncio.to_thread(self._inbox.kept, (self._now() - UNCOMMITTED).timestamp())
        known = await self._database.read(lambda session: ImportStore(session).known(kept))
        await asyncio.to_thread(self._inbox.drop, set(kept) - known)
        lying = await self._database.read(lambda session: ImportStore(session).with_archives())
        gone = await asyncio.to_thread(lambda: [each for each in lying if not self._inbox.place(each).is_file()])
        await self._database.write(lambda session: ImportStore(session).without_archives(gone))

    async def _show(self, import_id: UUID, **values: Any) -> None:
        await self._database.write(lambda session: ImportStore(session).show(import_id, **values))


def _counted(tally: Counter[str]) -> dict[str, int]:
    return {"added": tally["added"], "duplicates": tally["duplicates"]}
