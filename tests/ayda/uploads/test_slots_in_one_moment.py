"""Two workers that look for a slot in one moment, on PostgreSQL: a row that changed meanwhile is judged once more."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ayda_service.uploads.store import UploadStore
from kernel.strava.uploads import AT_ONCE
from servicekit.data.database import Database
from servicekit.data.migrations import upgrade

PATIENCE_S = 300
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=5)
FIRST, SECOND = uuid.UUID(int=1), uuid.UUID(int=2)
UPLOADS = [*(uuid.UUID(int=10 + number) for number in range(AT_ONCE - 1)), FIRST, SECOND]
GATE = """
ALTER TABLE strava_upload_slot RENAME TO slots_beneath;
CREATE VIEW strava_upload_slot AS SELECT * FROM slots_beneath
    WHERE (SELECT pg_advisory_unlock_shared(7) FROM (SELECT pg_advisory_lock_shared(7) OFFSET 0) AS passed);
"""
"""Who looks for a slot has seen everything as it stands when they come to a gate that can be shut."""
UPLOAD = """
INSERT INTO strava_upload (id, activity_id, member_id, status, retry_count, sent, fence, created_at)
VALUES (%s, %s, %s, 'pending', 0, 0, 0, now())
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture
def gate(postgres_url: str) -> Iterator[psycopg.Connection]:
    """A connection that shuts and opens the gate, to a database with uploads that wait, of nobody's activities."""
    upgrade("ayda_service", postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as gate:
        gate.execute("SET session_replication_role = replica")
        for each in UPLOADS:
            gate.execute(UPLOAD, (each, uuid.uuid4(), uuid.uuid4()))
        gate.execute(GATE)
        yield gate


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.engine.dispose()


def take(database: Database, upload_id: UUID) -> bool:
    with database.transaction() as session:
        return begun(session, upload_id)


def begun(session: Session, upload_id: UUID) -> bool:
    """A try that begins, as a worker's does."""
    session.execute(text("UPDATE strava_upload SET status = 'processing' WHERE id = :id"), {"id": upload_id})
    return UploadStore(session).take_slot(upload_id, 1, now=NOW, until=UNTIL)


def until_somebody_waits(gate: psycopg.Connection) -> None:
    patience_until = time.monotonic() + PATIENCE_S
    while gate.execute(WAITING).fetchone() == (0,):
        assert time.monotonic() < patience_until
        time.sleep(0.01)


@pytest.mark.postgres
def test_the_last_slot_that_somebody_took_this_moment_is_not_one_that_was_left(
    database: Database, gate: psycopg.Connection
):
    with ThreadPoolExecutor(1) as beside:
        assert all(take(database, each) for each in UPLOADS[: AT_ONCE - 1])
        with database.transaction() as session:
            assert begun(session, FIRST)
            gate.execute("SELECT pg_advisory_lock(7)")
            second = beside.submit(take, database, SECOND)
            until_somebody_waits(gate)
        gate.execute("SELECT pg_advisory_unlock(7)")
        assert second.result(PATIENCE_S) is False
        held = gate.execute("SELECT upload_id FROM slots_beneath").fetchall()
        assert {upload_id for (upload_id,) in held} == {*UPLOADS} - {SECOND}
