"""Two units that wait for each other on PostgreSQL: one is ended, begins anew, and nobody hears of it."""

from __future__ import annotations

import asyncio
from threading import Barrier

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from servicekit.data.database import Database
from tests.servicekit.data.conftest import PARENT, add, ids

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """Only the database in which two can write."""
    url: str = request.getfixturevalue("postgres_url")
    return url


class Crossing:
    """Takes one row, meets the other unit the first time, and takes the row that the other has."""

    def __init__(self, first: int, second: int, meet: Barrier) -> None:
        self.runs = 0
        self._rows = first, second
        self._meet = meet

    def __call__(self, session: Session) -> None:
        self.runs += 1
        first, second = self._rows
        session.execute(update(PARENT).where(PARENT.c.id == first).values(id=first))
        if self.runs == 1:
            self._meet.wait(30)
        session.execute(update(PARENT).where(PARENT.c.id == second).values(id=second))


async def test_two_units_that_wait_for_each_other_are_both_done(database: Database):
    await asyncio.gather(*(database.write(add(number)) for number in (1, 2)))
    meet = Barrier(2)
    one, other = Crossing(1, 2, meet), Crossing(2, 1, meet)
    await asyncio.gather(database.write(one), database.write(other))
    assert sorted((one.runs, other.runs)) == [1, 2]
    assert await ids(database, PARENT) == [1, 2]
