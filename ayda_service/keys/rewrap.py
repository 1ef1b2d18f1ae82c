"""Sealing everything anew under the newest key while the service runs, and counting what each key still seals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from ayda_service.activities.models import FILE_KEY, Activity
from ayda_service.audit.service import write_down
from ayda_service.keys.store import Sealed, SealStore
from servicekit.base.file_seals import FileSeals
from servicekit.base.vault import SealBroken, Vault, key_id_of
from servicekit.data.database import Database
from servicekit.strava.tokens.seals import TokenSeals

BATCH = 200
_FIRST: Final = UUID(int=0)
"""Before all ids."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What a pass did: rows sealed anew, rows that do not open."""

    rows: int = 0
    broken: int = 0


class Rewrap:
    """May be killed at any moment and started again, also twice at once: each batch is one transaction."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        seals: TokenSeals,
        *,
        batch: int = BATCH,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """With `now` the audit is told whose tokens were sealed anew."""
        self._database = database
        self._vault = vault
        self._seals = seals
        self._files = FileSeals(vault, FILE_KEY)
        self._batch = batch
        self._now = now

    async def run(self, told: Callable[[int], None] = lambda _rows: None) -> Rewrapped:
        """Goes over every row once; `told` hears after each batch how many rows are done."""
        done, after = Counter[str](), -1
        while (page := await self._database.write(partial(self._next_page, after=after))) is not None:
            after, of_page = page
            done.update(of_page)
            if of_page:
                told(done["rows"])
        done["rows"] += (await self._database.write(self._revocations))["rows"]
        file = _FIRST
        while (files := await self._database.write(partial(self._next_files, after=file))) is not None:
            file, of_files = files
            done.update(of_files)
            if of_files:
                told(done["rows"])
        return Rewrapped(**done)

    async def in_use(self) -> Counter[str]:
        """How many sealed texts each key still seals."""
        found, after = Counter[str](), -1
        while (page := await self._database.read(partial(self._keys_of_page, after=after))) is not None:
            after, keys = page
            found.update(keys)
        found.update(await self._database.read(lambda session: _keys(SealStore(session).revocations(lock=False))))
        file = _FIRST
        while (files := await self._database.read(partial(self._keys_of_files, after=file))) is not None:
            file, keys = files
            found.update(keys)
        return found

    def _next_page(self, session: Session, after: int) -> tuple[int, Counter[str]] | None:
        """The last athlete of the next page, and what became of its rows; None after the last page."""
        page = SealStore(session).connections(after, self._batch, lock=True)
        return (page[-1].athlete_id, self._sealed_page(session, page)) if page else None

    def _sealed_page(self, session: Session, page: Sequence[Sealed]) -> Counter[str]:
        before = {row.athlete_id: row.access_sealed for row in page}
        became = self._seal_anew(page)
        if self._now is not None:
            session.flush()  # rows before the chain, as everybody locks them
            anew = [row.athlete_id for row in page if row.access_sealed != before[row.athlete_id]]
            write_down(session, "rotated", anew, self._now())
        return became

    def _keys_of_page(self, session: Session, after: int) -> tuple[int, Counter[str]] | None:
        page = SealStore(session).connections(after, self._batch, lock=False)
        return (page[-1].athlete_id, _keys(page)) if page else None

    def _next_files(self, session: Session, after: UUID) -> tuple[UUID, Counter[str]] | None:
        """As `_next_page`, of activities: their files stay as they are, under keys that are sealed anew."""
        page = SealStore(session).files(after, self._batch, lock=True)
        stale = [each for each in page if _key_of(each.file_key_sealed or "") != self._vault.newest_key_id]
        became = Counter("rows" if self._file_sealed_anew(each) else "broken" for each in stale)
        return (page[-1].id, became) if page else None

    def _keys_of_files(self, session: Session, after: UUID) -> tuple[UUID, Counter[str]] | None:
        page = SealStore(session).files(after, self._batch, lock=False)
        return (page[-1].id, Counter(_key_of(each.file_key_sealed or "") for each in page)) if page else None

    def _file_sealed_anew(self, activity: Activity) -> bool:
        try:
            fresh = self._files.rewrap_key(activity.file_key_sealed or "", subject=activity.file_subject)
        except SealBroken:
            structlog.get_logger(__name__).error("stored_file_unreadable", activity_id=str(activity.id))
            return False
        activity.file_key_sealed = fresh
        return True

    def _revocations(self, session: Session) -> Counter[str]:
        """The same of what waits for a revocation; one that does not open is gone within a day."""
        return self._seal_anew(SealStore(session).revocations(lock=True))

    def _seal_anew(self, rows: Sequence[Sealed]) -> Counter[str]:
        """What became of those under older keys, by the names of `Rewrapped`."""
        stale = [row for row in rows if any(_key_of(text) != self._vault.newest_key_id for text in _texts(row))]
        return Counter("rows" if self._sealed_anew(row) else "broken" for row in stale)

    def _sealed_anew(self, row: Sealed) -> bool:
        athlete_id, access = row.athlete_id, row.access_sealed
        try:
            fresh = None if access is None else self._seals.rewrap_access(athlete_id, access)
            refresh = [self._seals.rewrap_refresh(athlete_id, text) for text in row.refresh_sealed]
        except SealBroken:
            structlog.get_logger(__name__).error("stored_token_unreadable", athlete_id=athlete_id)
            return False
        row.access_sealed, row.refresh_sealed = fresh, refresh
        return True


def _texts(row: Sealed) -> Iterator[str]:
    """One that waits for a revocation may have no access token."""
    if row.access_sealed is not None:
        yield row.access_sealed
    yield from row.refresh_sealed


def _keys(rows: Sequence[Sealed]) -> Counter[str]:
    return Counter(_key_of(text) for row in rows for text in _texts(row))


def _key_of(text: str) -> str:
    try:
        return key_id_of(text)
    except SealBroken:
        return "?"
