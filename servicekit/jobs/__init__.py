"""Jobs that outlive the request and the process that asked for them.

The procrastinate adapter is imported from `servicekit.jobs.procrastinate.queue`: its library is an extra.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Table

from servicekit.data.database import Database
from servicekit.jobs.embedded.queue import SqlJobQueue
from servicekit.jobs.embedded.table import job_table
from servicekit.jobs.queue import DeadJob, Fatal, Job, JobQueue, QueueStats, Snooze

__all__ = ["DeadJob", "Fatal", "Job", "JobQueue", "QueueStats", "Snooze", "SqlJobQueue", "job_table", "open_queue"]


def open_queue(database: Database, table: Table, *, now: Callable[[], datetime]) -> JobQueue:
    """Procrastinate on PostgreSQL, the service's own table on SQLite."""
    if database.dialect != "postgresql":
        return SqlJobQueue(database, table, now=now)
    from servicekit.jobs.procrastinate.queue import ProcrastinateJobQueue  # noqa: PLC0415 - its library is an extra

    return ProcrastinateJobQueue(database, now=now)
