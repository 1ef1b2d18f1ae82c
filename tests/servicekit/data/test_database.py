"""Units of work: what is committed, who waits for whom, and what becomes of those that are cancelled or cut off.

What a cancelled caller leaves behind is in `test_cancelled.py`, what a lost connection costs in
`test_cut_off.py`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.data.engine import database_url, driver_url
from tests.servicekit.data.conftest import CHILD, METADATA, PARENT, add, ids

CALLER: ContextVar[str] = ContextVar("CALLER")


class Base(DeclarativeBase):
    """Maps what `PARENT` describes, for objects that nobody asked to insert."""


class Parent(Base):
    __tablename__ = "parent"
    id: Mapped[int] = mapped_column(primary_key=True)


async def test_what_a_unit_wrote_is_there_when_the_caller_goes_on(database: Database):
    assert await database.write(add(1)) == 1
    assert await ids(database, PARENT) == [1]


async def test_what_a_block_wrote_is_there_when_it_ended(database: Database):
    with database.transaction() as session:
        add(1)(session)
    assert await ids(database, PARENT) == [1]


async def test_an_error_in_a_unit_rolls_everything_back(database: Database):
    def fail(session: Session) -> None:
        add(1)(session)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fail)
    with pytest.raises(LookupError), database.transaction() as session:
        fail(session)
    assert await ids(database, PARENT) == []


async def test_a_commit_that_fails_raises_and_nothing_is_reported_as_done(database: Database):
    done: list[bool] = []

    def orphan(session: Session) -> None:
        add(1)(session)
        session.execute(insert(CHILD).values(id=1, parent=404))
        done.append(True)

    with pytest.raises(IntegrityError):
        await database.write(orphan)
    assert done == [True], "the constraint is checked at the commit, not before, and nothing is tried again"
    assert await ids(database, PARENT) == []
    await database.write(add(2))
    assert await ids(database, PARENT) == [2]


async def test_objects_that_were_only_added_are_written_too(database: Database):
    await database.write(lambda session: session.add(Parent(id=3)))
    assert await ids(database, PARENT) == [3]


async def test_fifty_concurrent_writers_all_commit(database: Database):
    def read_and_write(number: int) -> Awaitable[None]:
        def unit(session: Session) -> None:
            session.execute(select(PARENT.c.id)).all()
            add(number)(session)

        return database.write(unit)

    await asyncio.gather(*(read_and_write(number) for number in range(50)))
    assert await ids(database, PARENT) == list(range(50))


async def test_writers_of_two_processes_wait_for_each_other(tmp_path: Path):
    one, two = Database(f"sqlite:///{tmp_path}/a.sqlite3"), Database(f"sqlite:///{tmp_path}/a.sqlite3")
    METADATA.create_all(one.engine)

    def unit(session: Session, number: int) -> None:
        session.execute(select(PARENT.c.id)).all()
        add(number)(session)

    both = ((one, two)[number % 2].write(lambda session, number=number: unit(session, number)) for number in range(30))
    await asyncio.gather(*both)
    assert await ids(one, PARENT) == list(range(30))
    await one.close()
    await two.close()


async def test_writers_of_one_process_queue_in_order(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/a.sqlite3")
    METADATA.create_all(database.engine)
    order: list[int] = []
    await asyncio.gather(
        *(database.write(lambda _session, number=number: order.append(number)) for number in range(40))
    )
    assert order == list(range(40))
    await database.close()


async def test_readers_are_not_blocked_by_a_writer(database: Database):
    with database.transaction() as session:
        add(1)(session)
        assert await ids(database, PARENT) == []


async def test_the_loop_is_not_blocked_by_a_unit(database: Database):
    waits, goes_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def unit(_session: Session) -> None:
        loop.call_soon_threadsafe(waits.set)
        asyncio.run_coroutine_threadsafe(goes_on.wait(), loop).result(5)

    writing = asyncio.create_task(database.write(unit))
    await waits.wait()
    goes_on.set()
    await writing


async def test_a_database_has_so_many_threads_and_connections_and_keeps_none(url: str):
    before = set(threading.enumerate())
    database = Database(url, pool_size=3)
    METADATA.create_all(database.engine)
    opened: list[object] = []
    event.listen(database.engine, "connect", lambda connection, _record: opened.append(connection))
    await asyncio.gather(*(database.write(add(number)) for number in range(20)), *(database.ping() for _ in range(20)))
    most = 3 + (database.dialect == "sqlite")  # where the writer has its own
    assert len(set(threading.enumerate()) - before) <= most
    assert len(opened) <= most
    await database.close()
    left = {thread.name for thread in set(threading.enumerate()) - before}
    assert not {name for name in left if "unit" in name or "writer" in name}


async def test_what_reckons_takes_turns_while_others_read(database: Database):
    loop, reckoning, goes_on = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    at_once: list[int] = []

    def reckon(_session: Session) -> None:
        at_once.append(1)
        assert sum(at_once) == 1
        loop.call_soon_threadsafe(reckoning.set)
        asyncio.run_coroutine_threadsafe(goes_on.wait(), loop).result(30)
        at_once.append(-1)

    asked = [asyncio.create_task(database.read(reckon, reckons=True)) for _ in range(4)]
    await reckoning.wait()
    await database.ping()
    goes_on.set()
    await asyncio.gather(*asked)
    assert (len(at_once), sum(at_once)) == (8, 0)


async def test_what_the_caller_bound_is_bound_in_the_unit(database: Database):
    async def ask(name: str) -> tuple[str, str]:
        CALLER.set(name)
        return await database.write(lambda _: CALLER.get()), await database.read(lambda _: CALLER.get())

    assert await asyncio.gather(ask("ann"), ask("bob")) == [("ann", "ann"), ("bob", "bob")]


WRITING = {
    "a statement": insert(PARENT).values(id=1),
    "its text": text("/* a remark */ insert into parent (id) values (1)"),
    "one inside of a query": text("WITH new AS (DELETE FROM parent RETURNING id) SELECT id FROM new"),
    "a lock": text("SELECT id FROM parent FOR UPDATE"),
}


@pytest.mark.parametrize("how", WRITING)
async def test_a_reading_session_cannot_write(database: Database, how: str):
    def unit(session: Session) -> None:
        session.execute(WRITING[how])

    with pytest.raises(RuntimeError, match="cannot write"):
        await database.read(unit)
    with pytest.raises(RuntimeError, match="cannot write"), database.reading() as session:
        unit(session)
    assert await ids(database, PARENT) == []


async def test_objects_added_to_a_reading_session_are_an_error(database: Database):
    with pytest.raises(RuntimeError, match="cannot write"):
        await database.read(lambda session: session.add(Parent(id=1)))
    with pytest.raises(RuntimeError, match="would be lost"), database.reading() as session:
        session.add(Parent(id=1))
    assert await ids(database, PARENT) == []


async def test_a_second_transaction_in_the_same_thread_is_an_error_and_no_deadlock(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/a.sqlite3")
    with (
        database.transaction(),
        pytest.raises(RuntimeError, match="already has a transaction"),
        database.transaction(),
    ):
        pass
    with database.transaction():
        pass
    await database.close()


async def test_sqlite_runs_with_the_settings_it_needs(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/new/folder/a.sqlite3")
    with database.reading() as session:
        connection = session.connection()
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 50}
    await database.close()


async def test_an_instant_comes_back_aware_and_in_utc(database: Database):
    written = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5)))
    with database.transaction() as session:
        session.execute(insert(PARENT).values(id=1, at=written))
        session.execute(insert(PARENT).values(id=2, at=None))
    with database.reading() as session:
        first, second = session.scalars(select(PARENT.c.at).order_by(PARENT.c.id))
        found = session.scalars(select(PARENT.c.id).where(PARENT.c.at <= written)).all()
    assert (first, first.tzinfo, second) == (written, UTC, None)
    assert found == [1]


async def test_a_naive_datetime_is_refused(database: Database):
    with pytest.raises(StatementError, match="no time zone"), database.transaction() as session:
        session.execute(insert(PARENT).values(id=1, at=datetime(2026, 3, 1)))  # noqa: DTZ001 - the fault itself


async def test_ping_answers(database: Database):
    await database.ping()


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///a.db", "sqlite"),
        ("sqlite+aiosqlite:///a.db", "sqlite"),
        ("postgresql://u:p@h/d", "postgresql+psycopg"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+psycopg"),
    ],
)
def test_a_url_needs_no_driver_name(given: str, driver: str):
    assert driver_url(given).drivername == driver


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite://", "sqlite:///:memory:"])
def test_a_database_that_cannot_serve_is_refused(url: str):
    with pytest.raises(ValueError, match=r"neither|in memory"):
        Database(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@h/d",
        "postgresql://u:hunter2@/d?host=h,i&port=5432,5433&target_session_attrs=read-write",
        "postgresql://u:hunter2@/d?host=h:5432&host=i:5433&target_session_attrs=read-write",
        "postgresql:///d?host=h,i&user=u&password=hunter2&sslpassword=hunter2",
    ],
)
def test_a_password_is_not_in_the_repr(url: str):
    assert "hunter2" not in repr(Database(url))


@pytest.mark.parametrize("hosts", ["host=h,i&port=5432,5433", "host=h:5432&host=i:5433"])
def test_an_address_may_name_several_servers(hosts: str):
    url = f"postgresql://u:hunter2@/d?{hosts}&target_session_attrs=read-write"
    assert database_url(url) == url


def test_servers_where_one_host_belongs_are_refused_without_the_password():
    with pytest.raises(ValueError, match="must be sqlite") as refused:
        database_url("postgresql://u:hunter2@h:5432,i:5433/d")
    assert "hunter2" not in str(refused.value)


def test_constraints_have_names():
    (foreign_key,) = CHILD.foreign_key_constraints
    assert foreign_key.name == "fk_child_parent_parent"


def test_new_ids_ascend():
    made = [uuid7() for _ in range(100)]
    assert made == sorted(made)
