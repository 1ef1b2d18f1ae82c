"""The real ayda on a fresh SQLite file, or PostgreSQL when AYDA_TEST_POSTGRES=1."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ayda_service.settings import Settings
from simulators.strava.simulator import Simulator
from tests.ayda.support import CLIENT_SECRET, Ayda, World, settings_on
from tests.service_database import fresh_database, mark_postgres, migrated_database
from tests.servicekit.strava.support import Clock, StravaTransport


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_postgres(items, Path(__file__).parent)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with migrated_database("ayda_service", tmp_path_factory.mktemp("ayda")) as url:
        yield url


@pytest.fixture
def database_url(migrated: str, tmp_path: Path) -> str:
    return fresh_database(migrated, tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Both neighbours, both keys, no worker."""
    return settings_on(database_url)


@pytest.fixture
def world(settings: Settings, clock: Clock) -> World:
    simulator = Simulator(now=clock.now, seed=1, rotation="strict", client_secret=CLIENT_SECRET)
    return World(settings, clock, simulator, StravaTransport(simulator))


@pytest.fixture
async def ayda(world: World) -> AsyncIterator[Ayda]:
    async with world.running() as running:
        yield running


@pytest.fixture
def with_worker(settings: Settings) -> Settings:
    return replace(settings, worker_embedded=True)


@pytest.fixture
def alone(settings: Settings) -> Settings:
    """An ayda that knows no predictor."""
    return replace(settings, predictor_url=None)
