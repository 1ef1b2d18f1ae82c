"""Rows that are inserted where nothing stands in their way."""

from __future__ import annotations

from sqlalchemy.sql.expression import Executable

from servicekit.data.database import Database
from servicekit.data.upsert import _insert, insert_absent, insert_if_absent
from tests.servicekit.data.conftest import PARENT, ids


async def test_a_row_that_is_there_is_left_alone_and_told_from_a_new_one(database: Database):
    assert await database.write(lambda session: insert_if_absent(session, PARENT, {"id": 1}))
    assert not await database.write(lambda session: insert_if_absent(session, PARENT, {"id": 1}))
    assert await ids(database, PARENT) == [1]


async def test_of_many_rows_the_new_ones_are_named_also_among_themselves(database: Database):
    await database.write(lambda session: insert_if_absent(session, PARENT, {"id": 2}))
    rows = [{"id": number} for number in (1, 2, 3, 3)]
    assert sorted(await database.write(lambda session: insert_absent(session, PARENT, rows))) == [1, 3]
    assert await ids(database, PARENT) == [1, 2, 3]


async def test_no_rows_are_no_statement(database: Database):
    assert await database.write(lambda session: insert_absent(session, PARENT, [])) == []


def test_the_statement_is_put_into_words_once():
    statement: Executable = _insert(PARENT)
    assert statement._generate_cache_key() is not None
