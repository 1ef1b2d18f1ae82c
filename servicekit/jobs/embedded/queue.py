"""The job queue over one SQL table: the embedded default, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, event
from sqlalchemy.orm import Session

from servicekit.data.database import Database
from servicekit.jobs.embedded.store import SqlJobStore
from servicekit.jobs.embedded.worker import SqlWorker
from servicekit.jobs.kept import JobQueue
from servicekit.jobs.queue import Job, Pace, Terms

if TYPE_CHECKING:
    from typing_extensions import Unpack


class SqlJobQueue(JobQueue):
    """Jobs are rows beside the service's own; workers of this process start on a new one as soon as it is committed.

    A job whose worker died is free again one lease later, and found within a quarter of one.
    """

    def __init__(
        self, database: Database, table: Table, *, now: Callable[[], datetime], pace: Pace | None = None
    ) -> None:
        self._rows = SqlJobStore(table)
        super().__init__(database, self._rows, now=now, pace=pace or Pace())
        self._workers: set[SqlWorker] = set()

    def add(self, session: Session, name: str, args: Mapping[str, Any], **terms: Unpack[Terms]) -> None:
        super().add(session, name, args, **terms)
        event.listen(session, "after_commit", self._committed)

    def _committed(self, session: Session) -> None:
        if not session.in_nested_transaction():
            self._wake_workers()

    def _wake_workers(self) -> None:
        for worker in tuple(self._workers):
            worker.wake()

    async def work(self, jobs: Sequence[Job]) -> None:
        worker = SqlWorker(self._database, self._rows, self.watched(jobs), now=self._now, pace=self._pace)
        self._workers.add(worker)
        try:
            await worker.run()
        finally:
            self._workers.discard(worker)

    async def replay(self, job_id: str) -> bool:
        revived = await super().replay(job_id)
        self._wake_workers()
        return revived
