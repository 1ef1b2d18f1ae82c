"""Throw-away PostgreSQL databases for tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

SERVER = os.environ.get("AYDA_TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432")


def require_services() -> bool:
    """Whether an absent PostgreSQL or Redis is a failure (CI) rather than a reason to skip."""
    return os.environ.get("AYDA_REQUIRE_SERVICES") == "1"


@contextmanager
def temporary_database(name: str) -> Iterator[str]:
    """The URL of a fresh database; dropped at the end. Skips when no server answers, unless CI requires one."""
    try:
        server = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        if require_services():
            raise
        pytest.skip(f"no PostgreSQL answers at {SERVER.rpartition('@')[2]} ({type(error).__name__})")
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        # nothing here outlives its server, so no commit need wait for the disk
        server.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        try:
            yield f"{SERVER}/{name}"
        finally:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
