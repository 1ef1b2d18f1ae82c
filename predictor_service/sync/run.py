"""One run's hold on an athlete: its lease, its counters and its transactions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.errors import DomainError
from predictor_service.sync.store import SyncStore
from servicekit.data.columns import uuid7
from servicekit.data.database import Database

LEASE: Final = timedelta(seconds=120)
"""Longer than one read may take with both its calls; each committed step extends it."""


class LeaseLost(DomainError):
    """Another run took over, or the athlete was erased; this run must not write any more."""

    def __init__(self) -> None:
        super().__init__("Another run of this sync took over.")


@dataclass(slots=True)
class Tally:
    """What a run did so far."""

    synced: int = 0
    new: int = 0
    pages: int = 0
    read: int = 0
    listed: set[int] = field(default_factory=set)
    """The Strava ids that the run's lists had, of any sport."""
    other_sports: set[int] = field(default_factory=set)
    """Those of them that are not on foot."""
    covered_from: datetime | None = None
    """What began after this is listed if Strava has it; everything is with None, once a page was fetched."""

    @property
    def updated(self) -> int:
        """Activities that were known before and were written again from Strava's list."""
        return self.synced - self.new


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to sync one athlete, for as long as each step is committed in time."""

    athlete_id: UUID
    database: Database
    now: Callable[[], datetime]
    token: UUID = field(default_factory=uuid7)
    run_id: UUID = field(default_factory=uuid7)

    async def take(self) -> bool:
        """Whether the athlete was free; the run is then on record."""
        now = self.now()
        async with self.database.transaction() as session:
            store = SyncStore(session)
            await store.ask(self.athlete_id)
            if not await store.take_lease(self.athlete_id, self.token, now, now + LEASE):
                return False
            await store.open_run(self.run_id, self.athlete_id, now)
        return True

    @asynccontextmanager
    async def step(self, **progress: Any) -> AsyncIterator[AsyncSession]:
        """A transaction that is fenced by the lease and extends it. Raises LeaseLost before anything is written."""
        async with self.database.transaction() as session:
            if not await SyncStore(session).keep_lease(self.athlete_id, self.token, self.now() + LEASE, **progress):
                raise LeaseLost
            yield session

    async def end(self, session: AsyncSession, tally: Tally, *, status: str, detail: str | None, **state: Any) -> None:
        """Gives the athlete free again and closes the record. Nothing when the lease had been lost."""
        store, now = SyncStore(session), self.now()
        if not await store.release_lease(
            self.athlete_id, self.token, status=status, detail=detail, finished_at=now, **state
        ):
            return
        await store.close_run(
            self.run_id,
            status=status,
            detail=detail,
            finished_at=now,
            new_count=tally.new,
            updated_count=tally.updated,
            pages_fetched=tally.pages,
            read_count=tally.read,
        )
