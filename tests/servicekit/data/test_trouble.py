"""What is the database's own trouble is told as such, soon, and passes by itself; nothing begins for who has left."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, literal_column, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from servicekit.data.database import Database
from servicekit.data.patience import UnitPatience, must_be_kept, of_a_request, patience, waiting
from servicekit.data.trouble import DatabaseUnavailable, trouble_of
from tests.servicekit.data.conftest import CHILD, METADATA, PARENT, PATIENCE_S, Held, add, ids

LONG = 10**9
"""So many rows take minutes to count: whoever does not wait for their end does not notice a slow machine."""


def endless(session: Session) -> int:
    """A statement that works, and goes on working, on either database."""
    if session.get_bind().dialect.name == "postgresql":
        return int(session.execute(text("SELECT count(*) FROM (SELECT pg_sleep(600)) AS slept")).scalar_one())
    numbers = select(literal_column("1").label("n")).cte(recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < LONG))
    return int(session.execute(select(func.count()).select_from(numbers)).scalar_one())


def writes_for_ever(session: Session) -> None:
    add(1)(session)
    endless(session)


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Another process holds the write lock of this SQLite file."""
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[str]:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    database = Database(url)
    METADATA.create_all(database.engine)
    yield url
    database.engine.dispose()


async def kind_of(unit: Any) -> str:
    with pytest.raises(DatabaseUnavailable) as told:
        await unit
    assert told.value.retry_after_s > 0
    return str(told.value.kind)


async def test_a_lock_that_does_not_end_is_told_before_a_request_has_waited_too_long(file: str):
    database = Database(file)
    began_s = time.monotonic()
    with locked(file), of_a_request():
        assert await kind_of(database.write(add(1))) == "locked"
        one_s = time.monotonic() - began_s
        for _ in range(5):
            assert await kind_of(database.write(add(1))) in {"locked", "busy"}
        all_s = time.monotonic() - began_s
    assert all_s - one_s < one_s, "several units of one request fail hardly later than one"
    await database.write(add(2))
    assert await ids(database, PARENT) == [2]
    await database.close()


async def test_whoever_is_patient_has_a_lock_that_ends(file: str):
    database = Database(file)
    with locked(file):
        waits = asyncio.create_task(database.write(add(1)))
        await asyncio.sleep(0.3)
        assert not waits.done()
    assert await waits == 1
    await database.close()


async def test_a_unit_that_could_not_begin_in_time_never_does(file: str):
    database, begun = Database(file), list[int]()
    with locked(file), waiting(UnitPatience(0.2, 0.2)):
        assert await kind_of(database.write(lambda _session: begun.append(1))) in {"locked", "busy"}
    await database.write(add(1))
    assert begun == []
    await database.close()


async def test_readers_do_not_mind_a_lock(file: str):
    database = Database(file)
    with locked(file):
        assert await ids(database, PARENT) == []
    await database.close()


async def test_threads_that_are_all_taken_are_told_and_what_queued_never_runs(url: str):
    narrow = Database(url, pool_size=1)
    METADATA.create_all(narrow.engine)
    unit = Held(1)
    slow = asyncio.create_task(narrow.write(unit))
    await asyncio.to_thread(unit.begun.wait)
    with waiting(UnitPatience(0.1, 0.1)):
        assert await kind_of(narrow.write(add(2))) == "busy"
    unit.let_go()
    await slow
    assert await ids(narrow, PARENT) == [1]
    await narrow.close()


async def test_a_statement_that_takes_too_long_is_ended_and_nothing_of_its_unit_kept(url: str):
    database = Database(url, pool_size=2)
    METADATA.create_all(database.engine)
    with waiting(UnitPatience(PATIENCE_S, 0.3)):
        if database.dialect == "postgresql":
            assert await kind_of(database.write(writes_for_ever)) == "too_slow"
        for _ in range(3):
            assert await kind_of(database.read(endless)) == "too_slow"
    assert await ids(database, PARENT) == []
    await database.close()


async def test_a_unit_ends_with_the_caller_that_leaves(database: Database):
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await database.write(writes_for_ever)
    assert await ids(database, PARENT) == []
    assert await database.write(add(3)) == 3


async def test_what_a_unit_computes_is_no_waiting_for_the_database(database: Database):
    def computes(session: Session) -> None:
        add(1)(session)
        time.sleep(0.5)  # no thread but its own waits for it
        add(2)(session)

    with waiting(UnitPatience(0.2, 0.2)):
        await database.write(computes)
    assert await ids(database, PARENT) == [1, 2]


async def test_what_must_be_kept_waits_for_its_lock_though_its_caller_has_left(file: str):
    database = Database(file)
    with must_be_kept(), locked(file):
        caller = asyncio.create_task(database.write(add(1)))
        await asyncio.sleep(0.1)
        caller.cancel()
        await asyncio.sleep(0.1)
        assert not caller.done()
    await asyncio.wait([caller])
    assert caller.cancelled()
    assert await ids(database, PARENT) == [1]
    await database.close()


async def test_a_request_is_impatient_and_everybody_else_is_not():
    background = patience().begin_s
    with of_a_request():
        assert patience().begin_s < 2 < background
    assert patience().begin_s == background


def break_connections(engine: Engine, statement: str) -> None:
    event.listen(engine, "connect", lambda connection, _record: connection.execute(statement).close())


def fills(session: Session) -> None:
    for number in range(10_000):
        add(number)(session)


async def test_a_full_and_a_read_only_database_are_told_apart(file: str):
    full, read_only = Database(file), Database(file)
    break_connections(full.engine, "PRAGMA max_page_count = 6")
    break_connections(read_only.engine, "PRAGMA query_only = ON")
    assert await kind_of(full.write(fills)) == "full"
    assert await kind_of(read_only.write(add(1))) == "read_only"
    assert await ids(read_only, PARENT) == []
    for database in (full, read_only):
        await database.close()


async def test_a_file_that_is_no_database_or_cannot_be_opened_is_told(tmp_path: Path):
    (tmp_path / "text.db").write_text("no database " * 1000)
    (tmp_path / "folder.db").mkdir()
    kinds = []
    for name in ("text.db", "folder.db"):
        database = Database(f"sqlite:///{tmp_path / name}")
        kinds.append(await kind_of(database.ping()))
        await database.close()
    assert kinds == ["damaged", "away"]


async def test_a_database_without_our_tables_is_told(url: str):
    empty = Database(url)
    assert await kind_of(empty.write(add(1))) == "not_migrated"
    with pytest.raises(DatabaseUnavailable), empty.transaction() as session:
        add(1)(session)
    with pytest.raises(DatabaseUnavailable), empty.reading() as session:
        session.execute(select(PARENT)).all()
    await empty.close()


async def test_what_is_wrong_with_a_statement_stays_what_it_is(database: Database):
    await database.write(add(1))
    with pytest.raises(IntegrityError):
        await database.write(add(1))
    with pytest.raises(IntegrityError):
        await database.write(lambda session: session.execute(CHILD.insert().values(id=1, parent=404)))
    with pytest.raises(Exception, match="syntax") as told:
        await database.read(lambda session: session.execute(text("SELEKT 1")))
    assert not isinstance(told.value, DatabaseUnavailable)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("57P03", "away"),
        ("57P01", "away"),
        ("53300", "busy"),
        ("53100", "full"),
        ("25006", "read_only"),
        ("08006", "away"),
        ("28P01", "refused"),
        ("3D000", "refused"),
        ("55P03", "locked"),
        ("42P01", "not_migrated"),
        ("23505", None),
        ("22003", None),
    ],
)
def test_each_code_of_postgresql_has_one_kind(state: str, kind: str | None):
    driver = type("OperationalError", (Exception,), {"sqlstate": state})()
    assert trouble_of(OperationalError("SELECT 1", {}, driver)) == kind


async def test_closing_waits_for_nobody_who_waits_for_a_lock_in_vain(file: str):
    database = Database(file)
    with locked(file), waiting(UnitPatience(0.1, 0.1)):
        await kind_of(database.write(add(1)))
        await database.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sqlite-writer")]
