"""One run's hold on an athlete: where they stood when it began, its counters, and the lease that fences its writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.errors import DomainError
from predictor_service.activities.store import ActivityCounts, ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.sync.store import Cursor, SyncStore
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.data.trouble import DatabaseUnavailable

T = TypeVar("T")
_KEPT: Final = ("status", "detail", "code", "retry_at")
LEASE: Final = timedelta(seconds=30)
"""After so long without a sign of life a run counts as dead, as a worker does; another goes on within a minute."""
BEAT_S: Final = 10.0
"""A run at work gives a sign of life so often, and with each committed step."""


class LeaseLost(DomainError):
    """The athlete was erased, or another run is at work, at most until `until` if it has died: write no more."""

    def __init__(self, until: datetime | None = None) -> None:
        super().__init__("Another run of this sync is at work.")
        self.until = until


@dataclass(slots=True)
class Tally:
    """What a run did so far."""

    synced: int = 0
    new: int = 0
    pages: int = 0
    read: int = 0
    listed: set[int] = field(default_factory=set)
    """The Strava ids that the run's lists had, of any sport."""
    not_on_foot: set[int] = field(default_factory=set)
    """Those of them that are stored, and now another sport."""
    withdrawn: set[int] = field(default_factory=set)
    """Those of them that were changed and now teach nothing: a profile may still rest on them."""
    covered_from: datetime | None = None
    """What began after this is listed if Strava has it; everything is with None, once a page was fetched."""

    @property
    def updated(self) -> int:
        """Activities that were known before and were written again from Strava's list."""
        return self.synced - self.new


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an athlete's sync was when a run took over; nobody else moves it while the lease holds."""

    counts: ActivityCounts
    cursor: Cursor
    listed_at: datetime | None
    before: Mapping[str, Any]
    """Status, detail, code and retry of the state before the run."""


@dataclass(frozen=True, slots=True)
class SyncLease:
    """The right to sync one athlete, for as long as each step is committed in time."""

    athlete_id: UUID
    database: Database
    now: Callable[[], datetime]
    token: UUID = field(default_factory=uuid7)
    run_id: UUID = field(default_factory=uuid7)
    tally: Tally = field(default_factory=Tally)

    async def take(self, generation: int) -> Standing:
        """Where the athlete stands; the run is then on record.

        Raises LeaseLost when another one is at work, or the athlete, of this generation, or their connection is gone.
        """
        return await self.database.write(lambda session: self._take(session, generation))

    def _take(self, session: Session, generation: int) -> Standing:
        if not AthleteStore(session).is_still(self.athlete_id, generation):
            raise LeaseLost
        store, now = SyncStore(session), self.now()
        found = store.state(self.athlete_id)
        before = {} if found is None else {name: getattr(found, name) for name in _KEPT}
        store.ask(self.athlete_id, now)
        state = store.state(self.athlete_id)
        if state is None or not store.take_lease(self.athlete_id, self.token, now, now + LEASE):
            raise LeaseLost(None if state is None else state.lease_until)
        listed_at = store.last_listed_at(self.athlete_id)
        store.open_run(self.run_id, self.athlete_id, now)
        cursor = Cursor(state.watermark, state.listing_top, state.listing_before)
        counts = ActivityStore(session).counts(self.athlete_id)
        return Standing(counts, cursor, listed_at, before)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Gives signs of life for the length of the block, also while Strava is silent."""
        beat = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)

    async def _beat(self) -> None:
        kept = True
        while kept:
            await asyncio.sleep(BEAT_S)
            try:
                kept = await self.database.write(self._keep)
            except DatabaseUnavailable:  # the next one may reach it; if none does, the lease lapses
                continue

    def _keep(self, session: Session) -> bool:
        return SyncStore(session).keep_lease(self.athlete_id, self.token, self.now() + LEASE)

    async def step(self, work: Callable[[Session], T], *, cursor: Cursor | None = None) -> T:
        """What `work` returns from a unit that is fenced by the lease, extends it and may move the cursor.

        Raises LeaseLost before anything is written.
        """
        moved = {} if cursor is None else asdict(cursor)

        def fenced(session: Session) -> T:
            if not SyncStore(session).keep_lease(self.athlete_id, self.token, self.now() + LEASE, **moved):
                raise LeaseLost
            return work(session)

        return await self.database.write(fenced)

    def end(self, session: Session, *, status: str, detail: str | None, **state: Any) -> None:
        """Gives the athlete free again and closes the record. Nothing when the lease had been lost."""
        store, now, tally = SyncStore(session), self.now(), self.tally
        if not store.release_lease(self.athlete_id, self.token, status=status, detail=detail, finished_at=now, **state):
            return
        store.show_run(
            self.run_id,
            status=status,
            detail=detail,
            finished_at=now,
            new_count=tally.new,
            updated_count=tally.updated,
            pages_fetched=tally.pages,
            read_count=tally.read,
        )
