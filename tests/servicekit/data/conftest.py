"""Two tables and the units of work that the database's tests run over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from threading import Event

import pytest
from sqlalchemy import Column, ForeignKey, Integer, Table, insert, select
from sqlalchemy.orm import Session

from servicekit.data.columns import UtcDateTime, new_metadata
from servicekit.data.database import Database

METADATA = new_metadata()
PARENT = Table("parent", METADATA, Column("id", Integer, primary_key=True), Column("at", UtcDateTime()))
CHILD = Table(
    "child",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("parent", ForeignKey("parent.id", deferrable=True, initially="DEFERRED")),
)
PATIENCE_S = 120


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    METADATA.create_all(database.engine)
    yield database
    await database.close()


async def ids(database: Database, table: Table) -> list[int]:
    return await database.read(lambda session: list(session.scalars(select(table.c.id).order_by(table.c.id))))


def add(number: int) -> Callable[[Session], int]:
    """A unit that inserts this parent and returns its id."""

    def unit(session: Session) -> int:
        session.execute(insert(PARENT).values(id=number))
        return number

    return unit


class Held:
    """A unit that has begun and ends when it is let go."""

    def __init__(self, number: int) -> None:
        self._add = add(number)
        self.begun, self._let_go = Event(), Event()
        self.ended = self.over = False
        """Whether it came to its own end, and whether it is over in whatever way."""

    def __call__(self, session: Session) -> None:
        self.begun.set()
        try:
            assert self._let_go.wait(PATIENCE_S)
            self._add(session)
            self.ended = True
        finally:
            self.over = True

    def let_go(self) -> None:
        self._let_go.set()
