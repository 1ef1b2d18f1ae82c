"""The job queue on procrastinate: PostgreSQL, many worker processes, woken by notifications."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from servicekit.base.correlation import REQUEST_ID
from servicekit.data.database import Database
from servicekit.jobs.procrastinate import store as sql
from servicekit.jobs.procrastinate.store import apply_procrastinate_schema, procrastinate_schema_sql
from servicekit.jobs.procrastinate.worker import ProcrastinateWorker
from servicekit.jobs.queue import LEASE_S, DeadJob, Job, NewJob, QueueStats, Terms

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["ProcrastinateJobQueue", "apply_procrastinate_schema", "procrastinate_schema_sql"]


class ProcrastinateJobQueue:
    """A `JobQueue` on the tables of procrastinate, in the service's own PostgreSQL database.

    A job waits in the queue named after its kind. A worker that sent no sign of life for `lease_s` loses its jobs
    to whoever looks next, within a quarter of a lease.
    `concurrency` of a job, and `slots` over the jobs without one, bind one worker process.
    """

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], datetime],
        lease_s: float = LEASE_S,
        poll_s: float = 0.5,
        slots: int = 10,
        grace_s: float = 10,
    ) -> None:
        """ValueError for a database that is not PostgreSQL."""
        if database.dialect != "postgresql":
            raise ValueError("Procrastinate needs PostgreSQL.")
        self._database = database
        self._now = now
        self._lease_s = lease_s
        self._poll_s = poll_s
        self._slots = slots
        self._grace_s = grace_s

    async def put(self, name: str, args: Mapping[str, Any], **terms: Unpack[Terms]) -> None:
        """See `JobQueue.put`."""
        await self._database.write(lambda session: self.add(session, name, args, **terms))

    def add(self, session: Session, name: str, args: Mapping[str, Any], **terms: Unpack[Terms]) -> None:
        """See `JobQueue.add`."""
        sql.add(session, NewJob(name, args, request_id=REQUEST_ID.get(), **terms), self._now())

    async def work(self, jobs: Sequence[Job]) -> None:
        """See `JobQueue.work`."""
        await ProcrastinateWorker(
            self._database,
            jobs,
            now=self._now,
            lease_s=self._lease_s,
            poll_s=self._poll_s,
            slots=self._slots,
            grace_s=self._grace_s,
        ).run()

    async def stats(self) -> QueueStats:
        """See `JobQueue.stats`."""
        rows = await self._database.read(lambda session: session.execute(sql.STATS).all())
        count = {status: sum(row[3] for row in rows if row[1] == status) for status in ("todo", "doing", "failed")}
        ready = sum(row[2] for row in rows if row[1] == "todo")
        oldest_s = max((float(row[4]) for row in rows if row[1] == "todo"), default=0.0)
        by_name: dict[str, int] = {}
        for name, status, _due, total, _age in rows:
            if status != "failed":
                by_name[name] = by_name.get(name, 0) + total
        return QueueStats(ready, count["todo"] - ready, count["doing"], count["failed"], oldest_s, by_name)

    async def dead(self, limit: int = 100) -> list[DeadJob]:
        """See `JobQueue.dead`."""
        rows = await self._database.read(lambda session: session.execute(sql.DEAD, {"limit": limit}).all())
        return [_dead(row.id, row.task_name, row.args, row.attempts) for row in rows]

    async def replay(self, job_id: str) -> bool:
        """See `JobQueue.replay`."""
        if not (job_id.isascii() and job_id.isdigit() and len(job_id) < 19):
            return False
        key = {"id": int(job_id)}
        return await self._database.write(lambda session: session.execute(sql.REVIVE, key).first() is not None)

    def forget(self, session: Session, name: str, value: str) -> int:
        """See `JobQueue.forget`."""
        return len(session.execute(sql.FORGET, {"name": name, "value": value}).all())


def _dead(key: int, name: str, payload: Mapping[str, Any], attempts: int) -> DeadJob:
    died_at = payload.get("died_at")
    return DeadJob(
        id=str(key),
        name=name,
        args=payload.get("args", {}),
        attempts=attempts,
        error=payload.get("error") or "",
        died_at=datetime.fromisoformat(died_at) if died_at else None,
        request_id=payload.get("request_id"),
    )
