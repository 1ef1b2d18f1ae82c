"""The real predictor behind an in-process client, on a fresh SQLite file, or PostgreSQL when AYDA_TEST_POSTGRES=1."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from predictor_service.settings import Settings
from servicekit.api_keys import ApiKeys
from servicekit.database import Database
from servicekit.logs import configure_logs
from servicekit.migrations import upgrade
from tests.predictor.support import KEY, Predictor, running
from tests.support_postgres import temporary_database

HERE = Path(__file__).parent
ON_POSTGRES = os.environ.get("AYDA_TEST_POSTGRES") == "1"
EMPTY = """
DO $$ BEGIN EXECUTE (
    SELECT 'TRUNCATE ' || string_agg(oid::regclass::text, ', ') || ' RESTART IDENTITY CASCADE' FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'alembic_version%'
); END $$
"""
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if ON_POSTGRES and HERE in item.path.parents:
            item.add_marker(pytest.mark.postgres)


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    configure_logs("CRITICAL", "console")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated empty database of this run: a file that each test copies, or PostgreSQL that each test empties."""
    with ExitStack() as stack:
        if ON_POSTGRES:
            url = stack.enter_context(temporary_database(f"ayda_predictor_{uuid.uuid4().hex[:12]}"))
        else:
            url = f"sqlite:///{tmp_path_factory.mktemp('predictor') / 'template.db'}"
        upgrade("predictor_service", url)
        yield url


@pytest.fixture
def database_url(migrated: str, tmp_path: Path) -> Iterator[str]:
    if not ON_POSTGRES:
        copy = tmp_path / "predictor.db"
        shutil.copy(migrated.removeprefix("sqlite:///"), copy)
        yield f"sqlite:///{copy}"
        return
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute(EMPTY)
    yield migrated


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def settings(database_url: str) -> Settings:
    """As small as it gets: no neighbours, no worker, one key."""
    return Settings(
        database_url=database_url,
        api_keys=ApiKeys.parse(KEY),
        background_sync_enabled=False,
        worker_embedded=False,
        log_level="WARNING",
    )


@pytest.fixture
async def predictor(settings: Settings, now: datetime) -> AsyncIterator[Predictor]:
    async with running(settings, lambda: now) as client:
        yield client
