"""Sealing everything anew under the newest key while the service runs, and counting what each key still seals."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy.orm import Session

from ayda_service.keys.store import SealedRow, SealStore
from ayda_service.strava.models import Revocation
from servicekit.base.vault import SealBroken, Vault, key_id_of
from servicekit.data.database import Database
from servicekit.strava.tokens.seals import TokenSeals

BATCH = 200


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What a pass did: rows sealed anew, rows that another process had changed meanwhile, rows that do not open."""

    rows: int = 0
    missed: int = 0
    broken: int = 0


class Rewrap:
    """May be killed at any moment and started again, also twice at once: each batch is one transaction."""

    def __init__(self, database: Database, vault: Vault, seals: TokenSeals, *, batch: int = BATCH) -> None:
        self._database = database
        self._vault = vault
        self._seals = seals
        self._batch = batch

    async def run(self, told: Callable[[int], None] = lambda _rows: None) -> Rewrapped:
        """Goes over every row once; `told` hears after each batch how many rows are done."""
        done: Counter[str] = Counter()
        async for page in self._pages():
            stale = [row for row in page if self._is_stale(row)]
            if stale:
                done.update(await self._database.write(partial(self._replace, stale=stale)))
                told(done["rows"])
        done["rows"] += await self._database.write(self._replace_revocations)
        return Rewrapped(**done)

    async def in_use(self) -> Counter[str]:
        """How many sealed texts each key still seals."""
        found: Counter[str] = Counter()
        async for page in self._pages():
            found.update(_key_of(text) for row in page for text in row.texts)
        waiting = await self._database.read(lambda session: SealStore(session).revocations())
        found.update(_key_of(text) for row in waiting for text in _sealed(row).texts)
        return found

    async def _pages(self) -> AsyncIterator[list[SealedRow]]:
        after = -1
        while page := await self._database.read(partial(self._page, after=after)):
            yield page
            after = page[-1].athlete_id

    def _page(self, session: Session, after: int) -> list[SealedRow]:
        return SealStore(session).connections(after, self._batch)

    def _replace(self, session: Session, stale: Sequence[SealedRow]) -> Counter[str]:
        """What became of the rows, by the names of `Rewrapped`."""
        done, store = Counter[str](), SealStore(session)
        for row in stale:
            fresh = self._fresh(row)
            done["broken" if fresh is None else "rows" if store.replace(row, fresh) else "missed"] += 1
        return done

    def _replace_revocations(self, session: Session) -> int:
        done = 0
        for waiting in SealStore(session).revocations(lock=True):
            row = _sealed(waiting)
            fresh = self._fresh(row) if self._is_stale(row) else None
            if fresh is not None:
                waiting.access_sealed, waiting.refresh_sealed = fresh.access, list(fresh.refresh)
                done += 1
        return done

    def _is_stale(self, row: SealedRow) -> bool:
        return any(_key_of(text) != self._vault.newest_key_id for text in row.texts)

    def _fresh(self, row: SealedRow) -> SealedRow | None:
        try:
            access = None if row.access is None else self._seals.rewrap_access(row.athlete_id, row.access)
            refresh = tuple(self._seals.rewrap_refresh(row.athlete_id, text) for text in row.refresh)
        except SealBroken:
            structlog.get_logger(__name__).error("stored_token_unreadable", athlete_id=row.athlete_id)
            return None
        return SealedRow(row.athlete_id, access, refresh)


def _sealed(waiting: Revocation) -> SealedRow:
    return SealedRow(waiting.athlete_id, waiting.access_sealed, tuple(waiting.refresh_sealed))


def _key_of(text: str) -> str:
    try:
        return key_id_of(text)
    except SealBroken:
        return "?"
