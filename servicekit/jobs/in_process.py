"""The queue that a process opens, and the worker inside the web process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from sqlalchemy import Table

from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.jobs.embedded.queue import SqlJobQueue
from servicekit.jobs.kept import JobQueue
from servicekit.jobs.measured import measure_queue
from servicekit.jobs.queue import Job

RESTART_S = 1.0


class WorkerStopped(Exception):
    """Jobs are not being run at the moment."""


class EmbeddedWorker:
    """Runs jobs beside the requests; when it breaks it is started again, and the service is not ready meanwhile."""

    def __init__(self, queue: JobQueue, jobs: Sequence[Job], *, restart_s: float = RESTART_S) -> None:
        self._queue = queue
        self._jobs = jobs
        self._restart_s = restart_s
        self._works = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works for the length of the block; jobs that run at its end get the queue's grace time."""
        task = asyncio.create_task(self._keep_working())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def check(self) -> None:
        """Raises WorkerStopped while no jobs are run."""
        if not self._works:
            raise WorkerStopped

    async def _keep_working(self) -> None:
        while True:
            self._works = True
            try:
                await self._queue.work(self._jobs)
            except Exception as error:  # noqa: BLE001 - whatever broke it, the next try may find it mended
                structlog.get_logger(__name__).error("worker_broke", exc_info=error)
            self._works = False
            await asyncio.sleep(self._restart_s)


def open_queue(
    database: Database, table: Table, *, now: Callable[[], datetime], metrics: Metrics | None = None
) -> JobQueue:
    """Procrastinate on PostgreSQL, the service's own table on SQLite; `metrics` tell how long it is."""
    queue: JobQueue
    if database.dialect == "postgresql":
        from servicekit.jobs.procrastinate.queue import ProcrastinateJobQueue  # noqa: PLC0415 - its library is an extra

        queue = ProcrastinateJobQueue(database, now=now)
    else:
        queue = SqlJobQueue(database, table, now=now)
    if metrics is not None:
        measure_queue(queue, metrics)
    return queue
