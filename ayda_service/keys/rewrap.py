"""Sealing everything anew under the newest key while the service runs, and counting what each key still seals."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import structlog

from ayda_service.keys.store import SealedRow, SealStore
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
        rows = missed = broken = 0
        async for page in self._pages():
            stale = [row for row in page if self._is_stale(row)]
            if not stale:
                continue
            async with self._database.transaction() as session:
                store = SealStore(session)
                for row in stale:
                    fresh = self._fresh(row)
                    if fresh is None:
                        broken += 1
                    elif await store.replace(row, fresh):
                        rows += 1
                    else:
                        missed += 1
            told(rows)
        return Rewrapped(rows + await self._revocations(), missed, broken)

    async def in_use(self) -> Counter[str]:
        """How many sealed texts each key still seals."""
        found: Counter[str] = Counter()
        async for page in self._pages():
            found.update(_key_of(text) for row in page for text in row.texts)
        async with self._database.transaction() as session:
            for waiting in await SealStore(session).revocations():
                texts = [*waiting.refresh_sealed, *filter(None, [waiting.access_sealed])]
                found.update(_key_of(text) for text in texts)
        return found

    async def _pages(self) -> AsyncIterator[list[SealedRow]]:
        after = -1
        while True:
            async with self._database.reading() as session:
                page = await SealStore(session).connections(after, self._batch)
            yield page
            if len(page) < self._batch:
                return
            after = page[-1].athlete_id

    async def _revocations(self) -> int:
        done = 0
        async with self._database.transaction() as session:
            for waiting in await SealStore(session).revocations():
                row = SealedRow(waiting.athlete_id, waiting.access_sealed, tuple(waiting.refresh_sealed))
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


def _key_of(text: str) -> str:
    try:
        return key_id_of(text)
    except SealBroken:
        return "?"
