"""The statements over procrastinate's tables that its library does not offer, and its schema for our migrations.

Procrastinate has no place for an error, a request id or a count of crashes: they travel in `args` beside the job's own.
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import datetime, timedelta
from importlib.resources import files

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from servicekit.data.engine import WRITES
from servicekit.jobs.queue import MAX_CRASHES, NewJob

# a job of this unique key waits already: the one that comes back may not claim the key again
_KEY = """CASE WHEN EXISTS (
    SELECT 1 FROM procrastinate_jobs o WHERE o.queueing_lock = j.queueing_lock AND o.status = 'todo' AND o.id <> j.id
) THEN NULL ELSE j.queueing_lock END"""
_HELD = "j.id = :id AND j.status = 'doing' AND j.worker_id = :worker"
_STATUS = "procrastinate_job_status"

_PUT = text("""
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
    CAST(:name AS varchar), CAST(:name AS varchar), CAST(:priority AS integer), NULL, CAST(:key AS text),
    CAST(:args AS jsonb), CAST(:due AS timestamptz)
)::procrastinate_job_to_defer_v1])""").execution_options(**{WRITES: True})

ALIVE = text(
    "SELECT queueing_lock FROM procrastinate_jobs WHERE queueing_lock = ANY(:keys) AND status IN ('todo', 'doing')"
)

REMOVE = text(f"DELETE FROM procrastinate_jobs j WHERE {_HELD} RETURNING id")  # noqa: S608 - constants only

AGAIN = text(f"""
UPDATE procrastinate_jobs j SET status = 'todo', worker_id = NULL, abort_requested = false, scheduled_at = :due,
    attempts = :attempts, queueing_lock = {_KEY},
    args = j.args || jsonb_build_object('error', CAST(:error AS text))
WHERE {_HELD} RETURNING id""")  # noqa: S608 - constants only

BURY = text(f"""
UPDATE procrastinate_jobs j SET status = 'failed', worker_id = NULL, abort_requested = false, attempts = :attempts,
    args = j.args || jsonb_build_object('error', CAST(:error AS text), 'died_at', CAST(:now AS text))
WHERE {_HELD} RETURNING id""")  # noqa: S608 - constants only

_SILENT = """NOT EXISTS (SELECT 1 FROM procrastinate_workers w
    WHERE w.id = j.worker_id AND w.last_heartbeat >= now() - make_interval(secs => :lease_s))"""

STALLED = text(f"""
SELECT j.id FROM procrastinate_jobs j
WHERE j.status = 'doing' AND j.task_name = ANY(:names) AND {_SILENT} ORDER BY j.id""")  # noqa: S608 - constants only

RESCUE = text(f"""
UPDATE procrastinate_jobs j SET worker_id = NULL, queueing_lock = {_KEY},
    status = CAST(CASE WHEN crashes.n < {MAX_CRASHES} THEN 'todo' ELSE 'failed' END AS {_STATUS}),
    args = j.args || jsonb_build_object('crashes', crashes.n) || CASE WHEN crashes.n < {MAX_CRASHES} THEN '{{}}'
        ELSE jsonb_build_object('died_at', CAST(:now AS text),
             'error', CAST(:error AS text)) END
FROM (SELECT id, COALESCE((args->>'crashes')::int, 0) + 1 AS n FROM procrastinate_jobs WHERE id = :id) crashes
WHERE j.id = crashes.id AND j.status = 'doing' AND {_SILENT}
RETURNING j.status::text, j.task_name, j.args""")  # noqa: S608 - constants only

HEARTBEAT = text("UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = ANY(:ids)")

PRUNE = text("DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => :lease_s)")

STATS = text("""
SELECT task_name, status::text, count(*) FILTER (WHERE scheduled_at IS NULL OR scheduled_at <= now()), count(*),
    COALESCE(EXTRACT(epoch FROM now() - min(COALESCE(j.scheduled_at, e.at))
        FILTER (WHERE scheduled_at IS NULL OR scheduled_at <= now())), 0)
FROM procrastinate_jobs j
LEFT JOIN LATERAL (SELECT min(at) AS at FROM procrastinate_events WHERE job_id = j.id AND type = 'deferred') e ON true
WHERE status IN ('todo', 'doing', 'failed') GROUP BY task_name, status""")

DEAD = text("""
SELECT id, task_name, args, attempts FROM procrastinate_jobs WHERE status = 'failed'
ORDER BY args->>'died_at' DESC NULLS LAST, id DESC LIMIT :limit""")

REVIVE = text(f"""
UPDATE procrastinate_jobs j SET status = 'todo', attempts = 0, scheduled_at = NULL, queueing_lock = {_KEY},
    args = j.args - 'error' - 'died_at' - 'crashes'
WHERE j.id = :id AND j.status = 'failed' RETURNING id""")  # noqa: S608 - constants only

FORGET = text("""
DELETE FROM procrastinate_jobs
WHERE status IN ('todo', 'failed') AND args->'args'->>CAST(:name AS text) = CAST(:value AS text) RETURNING id""")


def procrastinate_schema_sql() -> str:
    """The whole schema of the installed procrastinate, for an empty database."""
    return files("procrastinate").joinpath("sql", "schema.sql").read_text(encoding="utf-8")


def apply_procrastinate_schema(connection: Connection) -> None:
    """Runs the schema; in a revision: `apply_procrastinate_schema(op.get_bind())`. On SQLite nothing happens."""
    if connection.dialect.name == "postgresql":
        # without parameters, or the driver would take the % of the format strings for placeholders
        connection.exec_driver_sql(procrastinate_schema_sql(), execution_options={"no_parameters": True})


def add(session: Session, job: NewJob, now: datetime) -> None:
    """Keeps a job unless one of its key waits; the caller's transaction stays usable either way."""
    row = {
        "name": job.name,
        "args": json.dumps({"args": dict(job.args), "request_id": job.request_id}),
        "priority": job.priority,
        "key": job.unique,
        "due": now + timedelta(seconds=job.delay_s) if job.delay_s > 0 else None,
    }
    try:
        with nullcontext() if job.unique is None else session.begin_nested():
            session.execute(_PUT, row)
    except IntegrityError as error:
        if "queueing_lock" not in str(error.orig):
            raise


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
