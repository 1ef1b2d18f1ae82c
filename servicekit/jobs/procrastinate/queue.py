"""The job queue on procrastinate: PostgreSQL, many worker processes, woken by notifications."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from servicekit.data.database import Database
from servicekit.jobs.kept import JobQueue
from servicekit.jobs.procrastinate.store import ProcrastinateStore
from servicekit.jobs.procrastinate.worker import ProcrastinateWorker
from servicekit.jobs.queue import Job, Pace


class ProcrastinateJobQueue(JobQueue):
    """Jobs are rows of procrastinate's tables in the service's own database, in a queue named after their kind.

    A worker that sent no sign of life for a lease loses its jobs to whoever looks next, within a quarter of a lease.
    """

    def __init__(self, database: Database, *, now: Callable[[], datetime], pace: Pace | None = None) -> None:
        """ValueError for a database that is not PostgreSQL. By default it seldom polls: notifications wake it."""
        if database.dialect != "postgresql":
            raise ValueError("Procrastinate needs PostgreSQL.")
        pace = pace or Pace(poll_s=0.5)
        self._rows = ProcrastinateStore(pace.lease_s)
        super().__init__(database, self._rows, now=now, pace=pace)

    async def work(self, jobs: Sequence[Job]) -> None:
        jobs = self.watched(jobs)
        await ProcrastinateWorker(self._database, self._rows, jobs, now=self._now, pace=self._pace).run()
