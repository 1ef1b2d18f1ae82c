"""Every statement over the job table.

A job is `ready`, `running` under a lease, or `dead`; one that is done is gone. `claims` grows with each claim and each
rescue: it is the fencing token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, Table, and_, case, delete, exists, func, select, union_all, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from servicekit.data.columns import UtcDateTime, uuid7
from servicekit.data.rows import changed, counted
from servicekit.data.upsert import insert_if_absent
from servicekit.jobs.embedded.table import ABOUT, DEAD, READY, RUNNING, WAITS
from servicekit.jobs.queue import MAX_CRASHES, DeadJob, Held, NewJob, crashed
from servicekit.jobs.stats import QueueStats, stats_of

_ALONE: Final = "alone:"
"""Before the unique key of a job that must be alone, which needs no column of its own so."""


class SqlJobStore:
    """The `JobStore` over one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._about: Mapping[str, str] = table.info[ABOUT]

    def add(self, session: Session, job: NewJob, now: datetime) -> bool:
        row = {
            "id": uuid7(), "name": job.name, "args": dict(job.args), "status": READY, "rank": -job.priority,
            "due": now + timedelta(seconds=job.delay_s), "failures": 0, "claims": 0, "crashes": 0,
            "unique_key": f"{_ALONE}{job.unique}" if job.alone else job.unique,
            "request_id": job.request_id, "traceparent": job.traceparent, "enqueued_at": now,
            **{column: str(job.args[name]) for name, column in self._about.items() if job.args.get(name) is not None},
        }  # fmt: skip
        return insert_if_absent(session, self._table, row)

    def alive(self, session: Session, unique: Sequence[str]) -> set[str]:
        table = self._table
        # by the index of the keys that wait, and among the few jobs that run: no index has both
        waits = select(table.c.unique_key).where(table.c.unique_key.in_(unique), WAITS)
        runs = select(table.c.unique_key).where(table.c.unique_key.in_(unique), table.c.status == RUNNING)
        return set(session.scalars(union_all(waits, runs)))

    def due(self, session: Session, names: Sequence[str], now: datetime) -> bool:
        """Whether a claim would find a job: asked first, so that an idle worker takes no write lock."""
        return (session.execute(self._claimable(names, now).limit(1))).first() is not None

    def claim(
        self, session: Session, names: Sequence[str], *, worker: UUID, now: datetime, lease_s: float, most: int
    ) -> list[Held]:
        """The most urgent due jobs, now leased to `worker`, in one statement."""
        table = self._table
        # PostgreSQL evaluates a locking CTE once; a plain subquery could lock more rows than are taken
        chosen = self._claimable(names, now).limit(most).with_for_update(skip_locked=True).cte("chosen")
        lease_until = now + timedelta(seconds=lease_s)
        statement = (
            update(table)
            .where(table.c.id.in_(select(chosen.c.id)))
            .values(status=RUNNING, claims=table.c.claims + 1, worker=worker, lease_until=lease_until)
            .returning(table)
        )
        rows = sorted(session.execute(statement), key=lambda row: (row.rank, row.due, row.id))
        return [_held(row) for row in rows]

    def _claimable(self, names: Sequence[str], now: datetime) -> Any:
        table, other = self._table, self._table.alias("running")
        runs = exists().where(other.c.unique_key == table.c.unique_key, other.c.status == RUNNING)
        held_up = table.c.unique_key.startswith(_ALONE) & runs
        return (
            select(table.c.id)
            .where(table.c.status == READY, table.c.due <= now, table.c.name.in_(names))
            .where(table.c.unique_key.is_(None) | ~held_up)
            .order_by(table.c.rank, table.c.due, table.c.id)
        )

    def renew(self, session: Session, worker: UUID, ids: Sequence[UUID], until: datetime) -> set[tuple[UUID, int]]:
        """Extends the leases of the jobs this worker runs; the (id, token) pairs it still holds."""
        table = self._table
        statement = (
            update(table)
            .where(table.c.status == RUNNING, table.c.worker == worker, table.c.id.in_(ids))
            .values(lease_until=until)
            .returning(table.c.id, table.c.claims)
        )
        return {(row.id, row.claims) for row in session.execute(statement)}

    def remove(self, session: Session, held: Held) -> bool:
        statement = delete(self._table).where(self._held(held)).returning(self._table.c.id)
        return (session.execute(statement)).first() is not None

    def again(self, session: Session, held: Held, due: datetime, *, failures: int, error: str | None) -> bool:
        return self._return(session, self._held(held), due=due, failures=failures, error=error)

    def next_round(self, session: Session, held: Held, due: datetime, error: str | None) -> bool:
        """Unless one of its key waits already: then this one ends."""
        values = {"due": due, "failures": 0, "crashes": 0, "error": error}
        if self._return(session, self._held(held) & ~self._key_waits(), **values):
            return True
        return self.remove(session, held)

    def bury(self, session: Session, held: Held, now: datetime, error: str) -> bool:
        table = self._table
        values = {"status": DEAD, "failures": held.failures + 1, "error": error, "died_at": now, "worker": None}
        statement = update(table).where(self._held(held)).values(values).returning(table.c.id)
        return (session.execute(statement)).first() is not None

    def stalled(self, session: Session, names: Sequence[str], now: datetime) -> list[Held]:
        table = self._table
        expired = select(table).where(table.c.status == RUNNING, table.c.lease_until < now, table.c.name.in_(names))
        return [_held(row) for row in session.execute(expired.order_by(table.c.lease_until))]

    def rescue(self, session: Session, held: Held, now: datetime) -> Literal["freed", "dead"] | None:
        table = self._table
        mine = and_(self._held(held), table.c.lease_until < now)
        crashes = held.crashes + 1
        if crashes < MAX_CRASHES:
            # due since it was first: what came meanwhile does not run before it
            freed = self._return(session, mine, claims=table.c.claims + 1, crashes=crashes)
            return "freed" if freed else None
        values = {"status": DEAD, "claims": table.c.claims + 1, "crashes": crashes, "error": crashed(crashes),
                  "died_at": now, "worker": None}  # fmt: skip
        buried = update(table).where(mine).values(values).returning(table.c.id)
        return "dead" if (session.execute(buried)).first() is not None else None

    def revive(self, session: Session, job_id: str, now: datetime) -> bool:
        table = self._table
        try:
            mine = (table.c.id == UUID(job_id)) & (table.c.status == DEAD)
        except ValueError:
            return False
        return self._return(session, mine, due=now, failures=0, crashes=0, died_at=None)

    def forget_dead(self, session: Session, before: datetime, most: int) -> int:
        table = self._table
        old = select(table.c.id).where(table.c.status == DEAD, table.c.died_at < before).limit(most)
        return changed(session, delete(table).where(table.c.id.in_(old)))

    def forget(self, session: Session, name: str, value: str) -> int:
        mine = self._table.c[self._about[name]] == value
        return changed(session, delete(self._table).where(mine, self._table.c.status != RUNNING))

    def _return(self, session: Session, which: ColumnElement[bool], **values: Any) -> bool:
        table = self._table
        self._displace(session, which)
        key = case((self._key_waits(), None), else_=table.c.unique_key)
        returned = {"status": READY, "worker": None, "lease_until": None, "unique_key": key, **values}
        statement = update(table).where(which).values(returned).returning(table.c.id)
        return (session.execute(statement)).first() is not None

    def _displace(self, session: Session, which: ColumnElement[bool]) -> None:
        """Of jobs that must be alone the one that returns takes the place of the one that waits: it knows when."""
        table = self._table
        mine = select(table.c.unique_key).where(which, table.c.unique_key.startswith(_ALONE))
        key = session.execute(mine).scalar_one_or_none()
        if key is not None:
            session.execute(delete(table).where(table.c.unique_key == key, table.c.status == READY))

    def _key_waits(self) -> ColumnElement[bool]:
        other = self._table.alias("other")
        return exists().where(
            other.c.unique_key == self._table.c.unique_key, other.c.status == READY, other.c.id != self._table.c.id
        )

    def _held(self, held: Held) -> ColumnElement[bool]:
        table = self._table
        return and_(table.c.id == held.id, table.c.claims == held.token, table.c.status == RUNNING)

    def stats(self, session: Session, now: datetime) -> QueueStats:
        """Counts of what waits and runs, and of dead letters, from an index alone."""
        table = self._table
        alive = table.c.status.in_((READY, RUNNING))
        due = table.c.due <= now
        oldest = func.min(table.c.due, type_=UtcDateTime())
        counts = select(table.c.name, table.c.status, func.sum(case((due, 1), else_=0)), func.count(), oldest)
        rows = session.execute(counts.where(alive).group_by(table.c.status, table.c.name)).all()
        waits_s = {row[0]: (now - row[4]).total_seconds() for row in rows if row[1] == READY and row[4] <= now}
        dead = counted(session, table.c.status, (DEAD,)).get(DEAD, 0)
        return stats_of([(row[0], row[1], row[2], row[3]) for row in rows], waits_s, dead=dead)

    def dead(self, session: Session, limit: int) -> list[DeadJob]:
        table = self._table
        statement = select(table).where(table.c.status == DEAD).order_by(table.c.died_at.desc()).limit(limit)
        return [
            DeadJob(str(row.id), row.name, row.args, row.failures, row.error or "", row.died_at, row.request_id)
            for row in session.execute(statement)
        ]


def _held(row: Row[Any]) -> Held:
    return Held(row.id, row.claims, row.name, row.args, row.failures, row.request_id, row.crashes, row.traceparent)
