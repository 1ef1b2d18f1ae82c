"""A service's database for its suite: a fresh SQLite file, or PostgreSQL when AYDA_TEST_POSTGRES=1."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from servicekit.data.migrations import upgrade
from tests.support_postgres import temporary_database

ON_POSTGRES = os.environ.get("AYDA_TEST_POSTGRES") == "1"
_SQLITE = "sqlite:///"
_EMPTY = """
DO $$ DECLARE ours regclass; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR ours IN SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'alembic_version%'
    LOOP EXECUTE 'DELETE FROM ' || ours; END LOOP;
    PERFORM setval(oid, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END $$
"""
"""TRUNCATE makes new files for every table and waits for the disk: many times as long."""


def mark_postgres(items: list[pytest.Item], folder: Path) -> None:
    """On PostgreSQL every test below the folder needs the server, and so loopback sockets.

    Those without a database are left out there: they have run with the others, and PostgreSQL is nothing to them.
    """
    if not ON_POSTGRES:
        return
    ours = [item for item in items if folder in item.path.parents]
    needing = [item for item in ours if "migrated" in getattr(item, "fixturenames", ())]
    for item in needing:
        item.add_marker(pytest.mark.postgres)
    items[:] = [item for item in items if item not in ours or item in needing]


@contextmanager
def migrated_database(service: str, folder: Path) -> Iterator[str]:
    """The URL of a migrated empty database for a whole run."""
    if not ON_POSTGRES:
        url = f"{_SQLITE}{folder / 'template.db'}"
        upgrade(service, url)
        yield url
        return
    with temporary_database(f"ayda_{service}_{uuid.uuid4().hex[:12]}") as url:
        upgrade(service, url)
        yield url


def fresh_database(migrated: str, folder: Path) -> str:
    """The URL of an empty database for one test: a copy of the migrated file, or the emptied PostgreSQL database."""
    if not ON_POSTGRES:
        copy = folder / "service.db"
        shutil.copy(migrated.removeprefix(_SQLITE), copy)
        return f"{_SQLITE}{copy}"
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute(_EMPTY)
    return migrated
