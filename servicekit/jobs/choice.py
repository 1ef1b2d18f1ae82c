"""Which queue a database gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Table

from servicekit.database import Database
from servicekit.jobs.queue import JobQueue
from servicekit.jobs.sql import SqlJobQueue


def open_queue(database: Database, table: Table, *, now: Callable[[], datetime]) -> JobQueue:
    """Procrastinate on PostgreSQL, the service's own table on SQLite."""
    if database.dialect != "postgresql":
        return SqlJobQueue(database, table, now=now)
    from servicekit.jobs.procrastinate_queue import ProcrastinateJobQueue  # noqa: PLC0415 - its library is an extra

    return ProcrastinateJobQueue(database, now=now)
