"""Whether a database can serve is told in words: which revision it lacks, what it cannot do, how full its disk is."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event, text

from kernel.errors import DomainError
from servicekit.data.database import Database
from servicekit.data.fitness import DatabaseUnfit, Fitness, check_room
from servicekit.data.migrations import downgrade, upgrade
from servicekit.data.patience import UnitPatience, waiting
from servicekit.data.revisions import revisions_of
from tests.servicekit.data.conftest import Held

SERVICES = ("ayda", "predictor")
VERSION = "SELECT version_num FROM alembic_version_{}"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    upgrade("ayda_service", f"sqlite:///{folder / 'ayda.db'}")
    return folder / "ayda.db"


@pytest.fixture
async def ours(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{shutil.copy(migrated, tmp_path / 'ayda.db')}", pool_size=2)
    yield database
    await database.close()


async def words(database: Database, service: str = "ayda") -> str:
    with pytest.raises(DomainError) as told:
        await Fitness(database, revisions_of(service)).check()
    return str(told.value)


def set_revision(database: Database, revision: str) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version_ayda SET version_num = :to"), {"to": revision})


async def test_a_database_at_the_last_revision_is_fit_and_the_question_changes_nothing(ours: Database):
    for _ in range(3):
        await Fitness(ours, revisions_of("ayda")).check()
    with ours.reading() as session:
        assert session.execute(text("PRAGMA user_version")).scalar_one() == 0


@pytest.mark.parametrize("service", SERVICES)
def test_the_head_is_the_one_that_alembic_upgrades_to(service: str, tmp_path: Path):
    file = tmp_path / "new.db"
    upgrade(f"{service}_service", f"sqlite:///{file}")
    (head,) = sqlite3.connect(file).execute(VERSION.format(service)).fetchone()
    assert revisions_of(service).head == head


async def test_one_that_was_never_migrated_and_that_of_the_other_service_name_the_revision_they_lack(url: str):
    database = Database(url)
    assert await words(database) == (
        f"The database has none of this service's revisions, {revisions_of('ayda').head} is needed: ayda migrate ayda"
    )
    upgrade("predictor_service", url)
    assert "has none of this service's revisions" in await words(database)
    await Fitness(database, revisions_of("predictor")).check()
    await database.close()


async def test_one_that_is_behind_says_where_it_is(ours: Database):
    downgrade("ayda_service", ours.engine.url.render_as_string(), "0007_handover")
    assert "is at revision 0007_handover, " in await words(ours)


async def test_one_that_is_ahead_serves_until_its_process_is_replaced_and_a_stranger_does_not(ours: Database):
    set_revision(ours, "9999_of_tomorrow")
    await Fitness(ours, revisions_of("ayda")).check()
    set_revision(ours, "0001_of_somebody_else")
    assert "0001_of_somebody_else" in await words(ours)


async def test_one_that_can_only_be_read_is_unfit(ours: Database):
    event.listen(ours.engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON").close())
    assert await words(ours) == "The database can only be read."


@pytest.mark.postgres
async def test_a_server_that_takes_no_writes_is_unfit(postgres_url: str):
    upgrade("ayda_service", postgres_url)
    database = Database(postgres_url)
    with database.transaction() as session:
        shut = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', {}); END $$"
        session.execute(text(shut.format("current_database()")))
    await database.close()
    database = Database(postgres_url)
    assert await words(database) == "The database can only be read."
    await database.close()


async def test_threads_that_hang_make_it_unfit(ours: Database):
    hanging = [Held(number) for number in range(2)]
    callers = [asyncio.create_task(ours.read(unit)) for unit in hanging]
    for unit in hanging:
        await asyncio.to_thread(unit.begun.wait)
    with waiting(UnitPatience(0.1, 0.1)):
        assert (await words(ours)).startswith("No thread or connection is free")
    for unit in hanging:
        unit.let_go()
    await asyncio.gather(*callers, return_exceptions=True)


def test_a_disk_that_is_full_is_told_though_the_folder_is_not_there_yet(tmp_path: Path):
    check_room(tmp_path / "not" / "yet")
    with pytest.raises(DatabaseUnfit, match="full"):
        check_room(Path("/proc/self"))  # a file system without any room
