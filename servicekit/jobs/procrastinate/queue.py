"""The job queue on procrastinate: PostgreSQL, many worker processes, woken by notifications."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from servicekit.base.correlation import REQUEST_ID
from servicekit.data.database import Database
from servicekit.jobs.procrastinate import store
from servicekit.jobs.procrastinate.store import apply_procrastinate_schema, procrastinate_schema_sql
from servicekit.jobs.procrastinate.worker import ProcrastinateWorker
from servicekit.jobs.queue import DeadJob, Job, NewJob, Pace, Pacing, QueueStats, Terms

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["ProcrastinateJobQueue", "apply_procrastinate_schema", "procrastinate_schema_sql"]


class ProcrastinateJobQueue:
    """A `JobQueue` on the tables of procrastinate, in the service's own PostgreSQL database.

    A job waits in the queue named after its kind. A worker that sent no sign of life for a lease loses its jobs to
    whoever looks next, within a quarter of a lease.
    """

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], datetime],
        **pacing: Unpack[Pacing],
    ) -> None:
        """ValueError for a database that is not PostgreSQL."""
        if database.dialect != "postgresql":
            raise ValueError("Procrastinate needs PostgreSQL.")
        self._database = database
        self._now = now
        pacing.setdefault("poll_s", 0.5)  # it is woken by notifications
        self._pace = Pace(**pacing)

    async def put(self, name: str, args: Mapping[str, Any], **terms: Unpack[Terms]) -> None:
        """See `JobQueue.put`."""
        await self._database.write(lambda session: self.add(session, name, args, **terms))

    def add(self, session: Session, name: str, args: Mapping[str, Any], **terms: Unpack[Terms]) -> None:
        """See `JobQueue.add`."""
        store.add(session, NewJob(name, args, request_id=REQUEST_ID.get(), **terms), self._now())

    async def work(self, jobs: Sequence[Job]) -> None:
        """See `JobQueue.work`."""
        await ProcrastinateWorker(self._database, jobs, now=self._now, pace=self._pace).run()

    async def stats(self) -> QueueStats:
        """See `JobQueue.stats`."""
        return await self._database.read(store.stats)

    async def dead(self, limit: int = 100) -> list[DeadJob]:
        """See `JobQueue.dead`."""
        return await self._database.read(lambda session: store.dead(session, limit))

    async def replay(self, job_id: str) -> bool:
        """See `JobQueue.replay`."""
        if not (job_id.isascii() and job_id.isdigit() and len(job_id) < 19):
            return False
        return await self._database.write(lambda session: store.revive(session, int(job_id)))

    def forget(self, session: Session, name: str, value: str) -> int:
        """See `JobQueue.forget`."""
        return store.forget(session, name, value)
