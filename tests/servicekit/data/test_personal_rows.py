"""What is one person's is erased and shown whole, and found without reading what is not theirs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table, event, insert, select, text
from sqlalchemy.orm import Session

from servicekit.data.columns import new_metadata
from servicekit.data.database import Database
from servicekit.data.personal_pages import PersonalPages
from servicekit.data.personal_rows import BLANKED, Keys, erase_rows

METADATA = new_metadata()
ATHLETE = Table(
    "athlete", METADATA, Column("id", Integer, primary_key=True), Column("telegram_id", String(19), index=True)
)
ACTIVITY = Table(
    "activity",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("athlete_id", ForeignKey("athlete.id"), index=True),
    Column("shape", LargeBinary),
)
TROUBLE = Table(
    "trouble",
    METADATA,
    Column("activity_id", ForeignKey("activity.id"), primary_key=True),
    Column("athlete_id", ForeignKey("athlete.id"), index=True),
)
LINK = Table(
    "link",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("athlete_id", Integer, index=True),
    Column("token_digest", String(64)),
    info={BLANKED: ("athlete_id",)},
)
CLIMATE = Table("climate", METADATA, Column("id", Integer, primary_key=True))
ANN: Keys = {"telegram_id": ["5"], "athlete_id": [1]}
MANY = 2_000


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    METADATA.create_all(database.engine)
    with database.transaction() as session:
        session.execute(insert(ATHLETE), [{"id": 1, "telegram_id": "5"}, {"id": 2, "telegram_id": "6"}])
        rows = [{"id": number, "athlete_id": 1 if number < 3 else 2, "shape": b'{"a":1}'} for number in range(MANY)]
        session.execute(insert(ACTIVITY), rows)
        # the second hangs on an activity of hers alone
        session.execute(
            insert(TROUBLE), [{"activity_id": n, "athlete_id": 1 if n == 0 else 2} for n in (0, 1, *range(3, MANY))]
        )
        session.execute(insert(LINK), [{"athlete_id": n, "token_digest": "d"} for n in (1, 2, None)])
        session.execute(insert(CLIMATE), [{"id": 1}])
    yield database
    await database.close()


async def test_all_that_names_the_person_or_hangs_on_it_goes_and_nothing_else(database: Database):
    erased = await database.write(lambda session: erase_rows(session, METADATA, ANN))
    assert erased == {"trouble": 2, "activity": 3, "athlete": 1, "link": 1}
    with database.reading() as session:
        assert list(session.scalars(select(TROUBLE.c.activity_id).order_by(TROUBLE.c.activity_id))) == list(
            range(3, MANY)
        )
        assert list(session.scalars(select(LINK.c.athlete_id).order_by(LINK.c.seq))) == [None, 2, None]
    assert await database.write(lambda session: erase_rows(session, METADATA, ANN)) == {}


def show_rows(session: Session, metadata: MetaData, keys: Keys) -> None:
    """Every page."""
    after, more = None, True
    while more:
        page = PersonalPages(metadata).page(session, keys, after)
        after, more = page.next, page.next is not None


@pytest.mark.parametrize("what", [erase_rows, show_rows])
async def test_no_table_of_many_is_read_whole(database: Database, what: Any):
    statements: list[tuple[str, Any]] = []
    if database.dialect == "postgresql":
        await database.write(lambda session: session.execute(text("ANALYZE")))
    event.listen(database.engine, "before_cursor_execute", lambda *call: statements.append((call[2], call[3])))
    with database.transaction() as session:
        what(session, METADATA, ANN)
        explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
        asked = [(statement, values) for statement, values in statements if "FROM trouble" in statement]
        plans = [str(session.connection().exec_driver_sql(explain + each, values).all()) for each, values in asked]
    assert plans
    for plan in plans:
        assert not re.search("(SCAN|Seq Scan on) (trouble|activity)", plan)
