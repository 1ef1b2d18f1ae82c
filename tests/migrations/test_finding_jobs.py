"""Jobs that waited before the upgrade are found by their arguments after it, and by an index."""

from __future__ import annotations

from importlib import import_module

import pytest
from sqlalchemy import JSON, Table, bindparam, delete, text

from servicekit.base.clock import utc_now
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.data.engine import driver_url
from servicekit.data.migrations import upgrade
from servicekit.jobs import SqlJobQueue
from servicekit.jobs.embedded.table import ABOUT, RUNNING
from servicekit.jobs.procrastinate.queue import ProcrastinateJobQueue

BEFORE = {"ayda_service": "0007_handover", "predictor_service": "0007_revocations"}
WAITED = text("""
INSERT INTO job (id, name, args, status, rank, due, failures, claims, crashes, enqueued_at)
VALUES (:id, 'sync', :args, 'ready', 0, '2026-01-01 00:00:00', 0, 0, 0, '2026-01-01 00:00:00')
""").bindparams(bindparam("args", type_=JSON()))


MANY = text("""
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT 'sync', 'sync', jsonb_build_object('args', jsonb_build_object('a', number)) FROM generate_series(1, 3000) number
""")


def jobs_of(service: str) -> Table:
    table: Table = import_module(f"{service}.models").Base.metadata.tables["job"]
    return table


@pytest.mark.parametrize("service", BEFORE)
async def test_a_job_that_waited_is_forgotten_by_any_of_its_arguments(service: str, url: str):
    upgrade(service, url, BEFORE[service])
    database = Database(url)
    with database.transaction() as session:
        for athlete_id in ("7", 8):
            row = {"id": uuid7().hex, "args": {"telegram_id": 5, "athlete_id": athlete_id, "more": [1]}}
            session.execute(WAITED, row)
    upgrade(service, url)
    queue = SqlJobQueue(database, jobs_of(service), now=utc_now)
    with database.transaction() as session:
        assert queue.forget(session, "athlete_id", "8") == 1
        assert queue.forget(session, "telegram_id", "5") == 1
    await database.close()


@pytest.mark.parametrize("service", BEFORE)
async def test_what_forgets_a_job_reads_no_other(service: str, url: str):
    upgrade(service, url)
    database = Database(url)
    if driver_url(url).get_backend_name() == "sqlite":
        table = jobs_of(service)
        for column in table.info[ABOUT].values():
            gone = delete(table).where(table.c[column] == "x", table.c.status != RUNNING)
            with database.transaction() as session:
                plan = session.execute(
                    text(f"EXPLAIN QUERY PLAN {gone.compile(compile_kwargs={'literal_binds': True})}")
                )
                assert f"USING INDEX ix_job_{column}" in str(plan.all())
    else:
        plan = text("""EXPLAIN SELECT id FROM procrastinate_jobs WHERE status IN ('todo', 'failed')
            AND args->'args' @> ANY(CAST(:either AS jsonb[]))""")
        with database.transaction() as session:
            session.execute(MANY)
            session.execute(text("ANALYZE procrastinate_jobs"))
            assert "ayda_procrastinate_jobs_args" in str(session.execute(plan, {"either": ['{"a": "b"}']}).all())
            assert ProcrastinateJobQueue(database, now=utc_now).forget(session, "a", "77") == 1
    await database.close()
