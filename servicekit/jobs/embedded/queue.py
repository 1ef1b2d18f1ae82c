"""The job queue over one SQL table: the embedded default, on SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, event
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.base.correlation import REQUEST_ID
from servicekit.data.database import Database
from servicekit.jobs.embedded.store import NewJob, SqlJobStore
from servicekit.jobs.embedded.worker import Pace, SqlWorker
from servicekit.jobs.queue import LEASE_S, DeadJob, Job, QueueStats


class SqlJobQueue:
    """A `JobQueue` whose jobs are rows beside the service's own.

    A running job is leased for `lease_s` and its lease renewed while it runs; a job whose worker died is free again
    one lease later, and found within a quarter of one. `concurrency` of a job, and `slots` over all jobs, bind one
    worker process.
    """

    def __init__(
        self,
        database: Database,
        table: Table,
        *,
        now: Callable[[], datetime],
        lease_s: float = LEASE_S,
        poll_s: float = 0.2,
        slots: int = 10,
        grace_s: float = 10,
    ) -> None:
        self._database = database
        self._store = SqlJobStore(table)
        self._now = now
        self._pace = Pace(lease_s=lease_s, poll_s=poll_s, slots=slots, grace_s=grace_s)
        self._wake = asyncio.Event()

    async def put(
        self,
        name: str,
        args: Mapping[str, Any],
        *,
        delay_s: float = 0,
        priority: int = 0,
        unique: str | None = None,
        session: AsyncSession | None = None,
    ) -> None:
        """See `JobQueue.put`. A worker of this process starts on it at once."""
        job = NewJob(name, args, priority, delay_s, unique, REQUEST_ID.get())
        if session is None:
            async with self._database.transaction() as own:
                await self._store.add(own, job, self._now())
            self._wake.set()
            return
        await self._store.add(session, job, self._now())
        event.listen(session.sync_session, "after_commit", lambda _session: self._wake.set(), once=True)

    async def work(self, jobs: Sequence[Job]) -> None:
        """See `JobQueue.work`."""
        await SqlWorker(self._database, self._store, jobs, now=self._now, pace=self._pace, wake=self._wake).run()

    async def stats(self) -> QueueStats:
        """See `JobQueue.stats`."""
        async with self._database.reading() as session:
            return await self._store.stats(session, self._now())

    async def dead(self, limit: int = 100) -> list[DeadJob]:
        """See `JobQueue.dead`."""
        async with self._database.reading() as session:
            return await self._store.dead(session, limit)

    async def replay(self, job_id: str) -> bool:
        """See `JobQueue.replay`."""
        try:
            key = UUID(job_id)
        except ValueError:
            return False
        async with self._database.transaction() as session:
            revived = await self._store.revive(session, key, self._now())
        self._wake.set()
        return revived

    async def forget(self, name: str, value: str, *, session: AsyncSession) -> int:
        """See `JobQueue.forget`."""
        return await self._store.forget(session, name, value)
