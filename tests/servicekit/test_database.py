from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Column, DateTime, ForeignKey, Integer, Table, insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from servicekit.data.columns import UtcDateTime, new_metadata, uuid7
from servicekit.data.database import Database
from servicekit.data.engine import driver_url

METADATA = new_metadata()
PARENT = Table("parent", METADATA, Column("id", Integer, primary_key=True), Column("at", UtcDateTime()))
CHILD = Table(
    "child",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("parent", ForeignKey("parent.id", deferrable=True, initially="DEFERRED")),
)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield database
    await database.close()


async def ids(database: Database, table: Table) -> list[int]:
    async with database.reading() as session:
        return list((await session.execute(select(table.c.id).order_by(table.c.id))).scalars())


async def test_what_a_transaction_wrote_is_there_when_its_block_ended(database: Database):
    async with database.transaction() as session:
        await session.execute(insert(PARENT).values(id=1))
    assert await ids(database, PARENT) == [1]


async def test_an_error_in_the_block_rolls_everything_back(database: Database):
    with pytest.raises(LookupError):  # noqa: PT012 - the block is the transaction
        async with database.transaction() as session:
            await session.execute(insert(PARENT).values(id=1))
            raise LookupError
    assert await ids(database, PARENT) == []


async def test_a_commit_that_fails_raises_and_nothing_is_reported_as_done(database: Database):
    done = False
    with pytest.raises(IntegrityError):  # noqa: PT012 - the block is the transaction
        async with database.transaction() as session:
            await session.execute(insert(PARENT).values(id=1))
            await session.execute(insert(CHILD).values(id=1, parent=404))
            done = True
    assert done, "the constraint is checked at the commit, not before"
    assert await ids(database, PARENT) == []
    async with database.transaction() as session:
        await session.execute(insert(PARENT).values(id=2))
    assert await ids(database, PARENT) == [2]


async def test_fifty_concurrent_writers_all_commit(database: Database):
    async def write(number: int) -> None:
        async with database.transaction() as session:
            (await session.execute(select(PARENT.c.id))).all()
            await session.execute(insert(PARENT).values(id=number))

    await asyncio.gather(*(write(number) for number in range(50)))
    assert await ids(database, PARENT) == list(range(50))


async def test_writers_of_two_processes_wait_for_each_other(tmp_path: Path):
    one, two = Database(f"sqlite:///{tmp_path}/a.sqlite3"), Database(f"sqlite:///{tmp_path}/a.sqlite3")
    async with one.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)

    async def write(database: Database, number: int) -> None:
        async with database.transaction() as session:
            (await session.execute(select(PARENT.c.id))).all()
            await session.execute(insert(PARENT).values(id=number))

    await asyncio.gather(*(write((one, two)[number % 2], number) for number in range(30)))
    assert await ids(one, PARENT) == list(range(30))
    await one.close()
    await two.close()


async def test_readers_are_not_blocked_by_a_writer(database: Database):
    async with database.transaction() as session:
        await session.execute(insert(PARENT).values(id=1))
        assert await ids(database, PARENT) == []


async def test_a_reading_session_cannot_write(database: Database):
    with pytest.raises(Exception, match=r"cannot write|read-only"):
        async with database.reading() as session:
            await session.execute(insert(PARENT).values(id=1))
    assert await ids(database, PARENT) == []


async def test_a_second_transaction_in_the_same_task_is_an_error_and_no_deadlock(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/a.sqlite3")
    async with database.transaction():
        with pytest.raises(RuntimeError, match="already has a transaction"):
            async with database.transaction():
                pass
    await database.close()


async def test_a_cancelled_writer_frees_the_lock(database: Database):
    entered = asyncio.Event()

    async def hold() -> None:
        async with database.transaction() as session:
            await session.execute(insert(PARENT).values(id=1))
            entered.set()
            await asyncio.Event().wait()

    holder = asyncio.create_task(hold())
    await entered.wait()
    holder.cancel()
    await asyncio.wait([holder])
    async with database.transaction() as session:
        await session.execute(insert(PARENT).values(id=2))
    assert await ids(database, PARENT) == [2]


async def test_sqlite_runs_with_the_settings_it_needs(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/new/folder/a.sqlite3")
    async with database.reading() as session:
        connection = await session.connection()
        found = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 5000}
    await database.close()


async def test_an_instant_comes_back_aware_and_in_utc(database: Database):
    written = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5)))
    async with database.transaction() as session:
        await session.execute(insert(PARENT).values(id=1, at=written))
        await session.execute(insert(PARENT).values(id=2, at=None))
    async with database.reading() as session:
        first, second = (await session.execute(select(PARENT.c.at).order_by(PARENT.c.id))).scalars()
        found = (await session.execute(select(PARENT.c.id).where(PARENT.c.at <= written))).scalars().all()
    assert (first, first.tzinfo, second) == (written, UTC, None)
    assert found == [1]


async def test_a_naive_datetime_is_refused(database: Database):
    with pytest.raises(StatementError, match="no time zone"):
        async with database.transaction() as session:
            await session.execute(insert(PARENT).values(id=1, at=datetime(2026, 3, 1)))  # noqa: DTZ001 - the fault itself


async def test_ping_answers(database: Database):
    await database.ping()


@pytest.mark.parametrize(
    ("given", "driver", "without_asyncio"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite", "sqlite"),
        ("sqlite+aiosqlite:///a.db", "sqlite+aiosqlite", "sqlite"),
        ("postgresql://u:p@h/d", "postgresql+psycopg", "postgresql+psycopg"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+psycopg", "postgresql+psycopg"),
    ],
)
def test_a_url_needs_no_driver_name(given: str, driver: str, without_asyncio: str):
    assert driver_url(given).drivername == driver
    assert driver_url(given).drivername == without_asyncio


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite://", "sqlite:///:memory:"])
def test_a_database_that_cannot_serve_is_refused(url: str):
    with pytest.raises(ValueError, match=r"neither|in memory"):
        Database(url)


def test_a_password_is_not_in_the_repr():
    assert "hunter2" not in repr(Database("postgresql://u:hunter2@h/d"))


def test_constraints_have_names():
    (foreign_key,) = CHILD.foreign_key_constraints
    assert foreign_key.name == "fk_child_parent_parent"


def test_new_ids_ascend():
    made = [uuid7() for _ in range(100)]
    assert made == sorted(made)
    assert DateTime is not UtcDateTime
