"""The job queue over one SQL table: the embedded default, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Table, event
from sqlalchemy.orm import Session

from servicekit.base.correlation import REQUEST_ID
from servicekit.data.database import Database
from servicekit.jobs.embedded.store import SqlJobStore
from servicekit.jobs.embedded.worker import SqlWorker
from servicekit.jobs.queue import DeadJob, Job, NewJob, Pace, Pacing, QueueStats, Terms

if TYPE_CHECKING:
    from typing_extensions import Unpack


class SqlJobQueue:
    """A `JobQueue` whose jobs are rows beside the service's own.

    A job whose worker died is free again one lease later, and found within a quarter of one.
    """

    def __init__(
        self,
        database: Database,
        table: Table,
        *,
        now: Callable[[], datetime],
        **pacing: Unpack[Pacing],
    ) -> None:
        self._database = database
        self._store = SqlJobStore(table)
        self._now = now
        self._pace = Pace(**pacing)
        self._workers: set[SqlWorker] = set()

    async def put(self, name: str, args: Mapping[str, Any], **terms: Unpack[Terms]) -> None:
        """See `JobQueue.put`. A worker of this process starts on it at once."""
        await self._database.write(lambda session: self.add(session, name, args, **terms))

    def add(self, session: Session, name: str, args: Mapping[str, Any], **terms: Unpack[Terms]) -> None:
        """See `JobQueue.add`. A worker of this process starts on it once it is committed."""
        self._store.add(session, NewJob(name, args, request_id=REQUEST_ID.get(), **terms), self._now())
        event.listen(session, "after_commit", self._committed)

    def _committed(self, session: Session) -> None:
        if not session.in_nested_transaction():
            self._wake_workers()

    def _wake_workers(self) -> None:
        for worker in tuple(self._workers):
            worker.wake()

    async def work(self, jobs: Sequence[Job]) -> None:
        """See `JobQueue.work`."""
        worker = SqlWorker(self._database, self._store, jobs, now=self._now, pace=self._pace)
        self._workers.add(worker)
        try:
            await worker.run()
        finally:
            self._workers.discard(worker)

    async def stats(self) -> QueueStats:
        """See `JobQueue.stats`."""
        return await self._database.read(lambda session: self._store.stats(session, self._now()))

    async def dead(self, limit: int = 100) -> list[DeadJob]:
        """See `JobQueue.dead`."""
        return await self._database.read(lambda session: self._store.dead(session, limit))

    async def replay(self, job_id: str) -> bool:
        """See `JobQueue.replay`."""
        try:
            key = UUID(job_id)
        except ValueError:
            return False
        revived = await self._database.write(lambda session: self._store.revive(session, key, self._now()))
        self._wake_workers()
        return revived

    def forget(self, session: Session, name: str, value: str) -> int:
        """See `JobQueue.forget`."""
        return self._store.forget(session, name, value)
