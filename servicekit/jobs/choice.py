"""Which queue a database gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Table

from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.jobs.embedded.queue import SqlJobQueue
from servicekit.jobs.kept import JobQueue


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
        _measure(queue, metrics)
    return queue


def _measure(queue: JobQueue, metrics: Metrics) -> None:
    jobs = metrics.gauge("jobs", "Jobs in the queue.", ["state"])
    oldest = metrics.gauge("jobs_oldest_ready_seconds", "For how long the oldest due job has waited.")

    async def read() -> None:
        stats = await queue.stats()
        for state in ("ready", "delayed", "running", "dead"):
            jobs.labels(state).set(getattr(stats, state))
        oldest.set(stats.oldest_ready_s)

    metrics.before_scrape(read)
