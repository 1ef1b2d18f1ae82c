"""The statements over procrastinate's tables that its library does not offer, and its schema for our migrations.

Procrastinate has no place for an error, a request id or a count of crashes: they travel in `args` beside the job's own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, Literal

from sqlalchemy import Connection, Row, text
from sqlalchemy.orm import Session

from servicekit.data.rows import MOST_COUNTED
from servicekit.jobs.queue import MAX_CRASHES, DeadJob, Held, NewJob, crashed
from servicekit.jobs.stats import QueueStats, stats_of

# a job of this unique key waits already: the one that comes back may not claim the key again
_KEY = """CASE WHEN EXISTS (
    SELECT 1 FROM procrastinate_jobs o WHERE o.queueing_lock = j.queueing_lock AND o.status = 'todo' AND o.id <> j.id
) THEN NULL ELSE j.queueing_lock END"""
_HELD = "j.id = :id AND j.status = 'doing' AND j.worker_id = :worker"
_STATUS = "procrastinate_job_status"

# what the library's own function does, but a key that waits already is no error, which would cost a savepoint
_PUT = text("""
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, queueing_lock, lock, args, scheduled_at)
VALUES (:name, :name, :priority, :key, :lock, CAST(:args AS jsonb), :due) ON CONFLICT DO NOTHING""")

# by the index of the keys that wait, and among the few jobs that run: no index has both
_ALIVE = text("""
SELECT queueing_lock FROM procrastinate_jobs WHERE queueing_lock = ANY(:keys) AND status = 'todo'
UNION ALL SELECT queueing_lock FROM procrastinate_jobs WHERE queueing_lock = ANY(:keys) AND status = 'doing'
""")

_REMOVE = text(f"DELETE FROM procrastinate_jobs j WHERE {_HELD} RETURNING id")  # noqa: S608 - constants only

_AGAIN = text(f"""
UPDATE procrastinate_jobs j SET status = 'todo', worker_id = NULL, abort_requested = false, scheduled_at = :due,
    attempts = :attempts, queueing_lock = {_KEY},
    args = j.args || jsonb_build_object('error', CAST(:error AS text))
WHERE {_HELD} RETURNING id""")  # noqa: S608 - constants only

_BURY = text(f"""
UPDATE procrastinate_jobs j SET status = 'failed', worker_id = NULL, abort_requested = false, attempts = :attempts,
    args = j.args || jsonb_build_object('error', CAST(:error AS text), 'died_at', CAST(:now AS text))
WHERE {_HELD} RETURNING id""")  # noqa: S608 - constants only

_SILENT = """NOT EXISTS (SELECT 1 FROM procrastinate_workers w
    WHERE w.id = j.worker_id AND w.last_heartbeat >= now() - make_interval(secs => :lease_s))"""

_STALLED = text(f"""
SELECT j.id, j.worker_id, j.task_name, j.args, j.attempts FROM procrastinate_jobs j
WHERE j.status = 'doing' AND j.task_name = ANY(:names) AND {_SILENT} ORDER BY j.id""")  # noqa: S608 - constants only

_RESCUE = text(f"""
UPDATE procrastinate_jobs j SET worker_id = NULL, queueing_lock = {_KEY},
    status = CAST(CASE WHEN crashes.n < {MAX_CRASHES} THEN 'todo' ELSE 'failed' END AS {_STATUS}),
    args = j.args || jsonb_build_object('crashes', crashes.n) || CASE WHEN crashes.n < {MAX_CRASHES} THEN '{{}}'
        ELSE jsonb_build_object('died_at', CAST(:now AS text),
             'error', CAST(:error AS text)) END
FROM (SELECT id, COALESCE((args->>'crashes')::int, 0) + 1 AS n FROM procrastinate_jobs WHERE id = :id) crashes
WHERE j.id = crashes.id AND j.status = 'doing' AND {_SILENT}
RETURNING j.status::text""")  # noqa: S608 - constants only

_HEARTBEAT = text("UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = ANY(:ids)")

_PRUNE = text("DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => :lease_s)")

_COUNTS = text("""
SELECT task_name, CASE status WHEN 'todo' THEN 'ready' ELSE 'running' END,
    count(*) FILTER (WHERE scheduled_at IS NULL OR scheduled_at <= now()), count(*)
FROM procrastinate_jobs WHERE status IN ('todo', 'doing') GROUP BY task_name, status""")

_DEAD_COUNT = text(f"""
SELECT count(*) FROM (SELECT 1 FROM procrastinate_jobs WHERE status = 'failed' LIMIT {MOST_COUNTED}) dead
""")  # noqa: S608 - constants only

# a job without a time is due since it was put, and of those the oldest has the lowest id
_WAITS_S = text("""
WITH waiting AS (
    SELECT task_name, min(scheduled_at) FILTER (WHERE scheduled_at <= now()) AS due,
        min(id) FILTER (WHERE scheduled_at IS NULL) AS undated
    FROM procrastinate_jobs WHERE status = 'todo' GROUP BY task_name)
SELECT task_name, COALESCE(EXTRACT(epoch FROM now() - LEAST(
    due, (SELECT min(at) FROM procrastinate_events WHERE type = 'deferred' AND job_id = undated))), 0)
FROM waiting WHERE due IS NOT NULL OR undated IS NOT NULL""")

_DEAD = text("""
SELECT id, task_name, args, attempts FROM procrastinate_jobs WHERE status = 'failed'
ORDER BY args->>'died_at' DESC NULLS LAST, id DESC LIMIT :limit""")

_REVIVE = text(f"""
UPDATE procrastinate_jobs j SET status = 'todo', attempts = 0, scheduled_at = NULL, queueing_lock = {_KEY},
    args = j.args - 'error' - 'died_at' - 'crashes'
WHERE j.id = :id AND j.status = 'failed' RETURNING id""")  # noqa: S608 - constants only

# the index finds what contains an argument; a number is another JSON value than its text
_FORGET = text("""
DELETE FROM procrastinate_jobs WHERE status IN ('todo', 'failed') AND args->'args' @> ANY(CAST(:either AS jsonb[]))
RETURNING id""")

_FORGET_DEAD = text("""
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT id FROM procrastinate_jobs
    WHERE status = 'failed' AND CAST(args->>'died_at' AS timestamptz) < :before LIMIT :most)
RETURNING id""")


class ProcrastinateStore:
    """The `JobStore` over procrastinate's tables."""

    def __init__(self, lease_s: float) -> None:
        self._lease_s = lease_s

    def add(self, session: Session, job: NewJob, now: datetime) -> None:
        row = {
            "name": job.name,
            "args": json.dumps({"args": dict(job.args), "request_id": job.request_id, "traceparent": job.traceparent}),
            "priority": job.priority,
            "key": job.unique,
            "lock": job.unique if job.alone else None,
            "due": now + timedelta(seconds=job.delay_s) if job.delay_s > 0 else None,
        }
        session.execute(_PUT, row)

    def alive(self, session: Session, unique: Sequence[str]) -> set[str]:
        return set(session.scalars(_ALIVE, {"keys": unique}))

    def remove(self, session: Session, held: Held) -> bool:
        return _found(session, _REMOVE, id=held.id, worker=held.token)

    def again(self, session: Session, held: Held, due: datetime, *, failures: int, error: str | None) -> bool:
        return _found(session, _AGAIN, id=held.id, worker=held.token, due=due, attempts=failures, error=error)

    def next_round(self, session: Session, held: Held, due: datetime, error: str | None) -> bool:
        return self.again(session, held, due, failures=0, error=error)

    def bury(self, session: Session, held: Held, now: datetime, error: str) -> bool:
        values = {"now": now.isoformat(), "attempts": held.failures + 1, "error": error}
        return _found(session, _BURY, id=held.id, worker=held.token, **values)

    def beat(self, session: Session, workers: Sequence[int]) -> None:
        """Says that these workers live."""
        session.execute(_HEARTBEAT, {"ids": workers})

    def prune(self, session: Session) -> None:
        """Forgets workers that have been silent for long."""
        session.execute(_PRUNE, {"lease_s": self._lease_s * 2})

    def stalled(self, session: Session, names: Sequence[str], _now: datetime) -> list[Held]:
        rows = session.execute(_STALLED, {"names": names, "lease_s": self._lease_s})
        return [
            Held(row.id, row.worker_id, row.task_name, row.args.get("args", {}), row.attempts, None) for row in rows
        ]

    def rescue(self, session: Session, held: Held, now: datetime) -> Literal["freed", "dead"] | None:
        values = {"id": held.id, "now": now.isoformat(), "error": crashed(MAX_CRASHES), "lease_s": self._lease_s}
        status = session.scalars(_RESCUE, values).one_or_none()
        return None if status is None else "dead" if status == "failed" else "freed"

    def stats(self, session: Session, _now: datetime) -> QueueStats:
        counts = [(name, state, due, total) for name, state, due, total in session.execute(_COUNTS)]
        dead = session.execute(_DEAD_COUNT).scalar_one()
        return stats_of(counts, {name: float(wait_s) for name, wait_s in session.execute(_WAITS_S)}, dead=dead)

    def dead(self, session: Session, limit: int) -> list[DeadJob]:
        return [_dead(row) for row in session.execute(_DEAD, {"limit": limit})]

    def revive(self, session: Session, job_id: str, _now: datetime) -> bool:
        is_id = job_id.isascii() and job_id.isdigit() and len(job_id) < 19
        return is_id and _found(session, _REVIVE, id=int(job_id))

    def forget_dead(self, session: Session, before: datetime, most: int) -> int:
        return len(session.execute(_FORGET_DEAD, {"before": before, "most": most}).all())

    def forget(self, session: Session, name: str, value: str) -> int:
        either = [json.dumps({name: value})]
        if value.lstrip("-").isdecimal() and str(int(value)) == value:
            either.append(json.dumps({name: int(value)}))
        return len(session.execute(_FORGET, {"either": either}).all())


def _found(session: Session, statement: Any, **values: Any) -> bool:
    return session.execute(statement, values).first() is not None


def _dead(row: Row[Any]) -> DeadJob:
    kept, died_at = row.args, row.args.get("died_at")
    when = datetime.fromisoformat(died_at) if died_at else None
    request_id, error = kept.get("request_id"), kept.get("error") or ""
    return DeadJob(str(row.id), row.task_name, kept.get("args", {}), row.attempts, error, when, request_id)


def apply_procrastinate_schema(connection: Connection) -> None:
    """Runs the whole schema of the installed library, in a revision: `op.get_bind()`. On SQLite nothing happens."""
    if connection.dialect.name == "postgresql":
        # without parameters, or the driver would take the % of the format strings for placeholders
        schema = files("procrastinate").joinpath("sql", "schema.sql").read_text(encoding="utf-8")
        connection.exec_driver_sql(schema, execution_options={"no_parameters": True})


def drop_procrastinate_schema(connection: Connection) -> None:
    """Takes away what `apply_procrastinate_schema` made; on SQLite it made nothing."""
    if connection.dialect.name != "postgresql":
        return
    connection.execute(
        text(r"""
        DO $$
        DECLARE command text;
        BEGIN
            FOR command IN
                SELECT format('DROP TABLE IF EXISTS %s CASCADE', oid::regclass) FROM pg_class
                WHERE relname LIKE 'procrastinate\_%' AND relkind = 'r'
                UNION ALL
                SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc
                WHERE proname LIKE 'procrastinate\_%'
                UNION ALL
                SELECT format('DROP TYPE IF EXISTS %s CASCADE', oid::regtype) FROM pg_type
                WHERE typname LIKE 'procrastinate\_%' AND (typtype = 'e' OR (typtype = 'c' AND typrelid IN (
                    SELECT oid FROM pg_class WHERE relkind = 'c')))
            LOOP
                EXECUTE command;
            END LOOP;
        END $$
    """)
    )
