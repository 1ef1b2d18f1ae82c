"""Values that are bound as one are compared each by itself, on both databases."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import BigInteger, Column, String, Table, insert, select

from servicekit.data.columns import new_metadata
from servicekit.data.database import Database
from servicekit.data.one_of import one_of

LARGEST = 2**63 - 1
METADATA = new_metadata()
NAMED = Table("named", METADATA, Column("id", BigInteger, primary_key=True), Column("name", String(20), nullable=False))
ROWS = {1: "1", 2: "o'hara", 3: '"quoted"', 4: "", LARGEST: "새벽"}
BY_ID = select(NAMED.c.id).where(one_of(NAMED.c.id, "wanted"))
BY_NAME = select(NAMED.c.id).where(one_of(NAMED.c.name, "wanted"))


@pytest.fixture
async def named(database: Database) -> Database:
    METADATA.create_all(database.engine)
    await database.write(
        lambda session: session.execute(insert(NAMED), [{"id": key, "name": name} for key, name in ROWS.items()])
    )
    return database


@pytest.mark.parametrize("wanted", [[], [1], [2, 4, 99], [LARGEST, 1, 1], list(range(5_000))])
async def test_numbers_are_found_among_any_number_of_them(named: Database, wanted: Sequence[int]):
    found = await named.read(lambda session: set(session.scalars(BY_ID, {"wanted": wanted})))
    assert found == ROWS.keys() & set(wanted)


@pytest.mark.parametrize("wanted", [[], ["1"], ["새벽", "o'hara", '"quoted"'], ["", "nobody"]])
async def test_texts_are_found_as_they_are_written(named: Database, wanted: Sequence[str]):
    found = await named.read(lambda session: set(session.scalars(BY_NAME, {"wanted": tuple(wanted)})))
    assert found == {key for key, name in ROWS.items() if name in wanted}


async def test_no_more_is_looked_through_than_is_wanted(named: Database):
    if named.dialect != "sqlite":
        return
    asked = str(BY_ID.compile(named.engine))
    with named.engine.connect() as connection:
        plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", ("[]",)))
    assert "SEARCH named" in plan
    assert "SCAN named" not in plan
