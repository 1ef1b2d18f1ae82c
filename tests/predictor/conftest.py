"""The real predictor behind an in-process client, on a fresh SQLite file, or PostgreSQL when AYDA_TEST_POSTGRES=1."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from predictor_service.settings import Settings
from servicekit.base.logs import configure_logs
from servicekit.data.database import Database
from servicekit.web.api_keys import ApiKeys
from tests.predictor.support import KEY, UNHURRIED, VAULT, Predictor, running
from tests.service_database import fresh_database, mark_postgres, migrated_database

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_postgres(items, Path(__file__).parent)


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    configure_logs("WARNING", "console", stream=StringIO())


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with migrated_database("predictor_service", tmp_path_factory.mktemp("predictor")) as url:
        yield url


@pytest.fixture
def database_url(migrated: str, tmp_path: Path) -> str:
    return fresh_database(migrated, tmp_path)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """As small as it gets: no neighbours, no worker, one key."""
    return Settings(
        vault=VAULT,
        request_budgets=UNHURRIED,
        database_url=database_url,
        api_keys=ApiKeys.parse(KEY),
        background_sync_enabled=False,
        database_wait_s=60,
        worker_embedded=False,
        imports_folder=tmp_path / "imports",
        log_level="WARNING",
    )


@pytest.fixture
async def predictor(settings: Settings, now: datetime) -> AsyncIterator[Predictor]:
    async with running(settings, lambda: now) as client:
        yield client
