"""PostgreSQL drops connections: those that rested cost no error, and a commit in doubt is not made twice."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from servicekit.data.database import Database
from servicekit.data.trouble import DatabaseUnavailable
from tests.servicekit.data.conftest import PARENT, add, ids

pytestmark = pytest.mark.postgres
KILL_OTHERS = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """Only the database that has a server."""
    url: str = request.getfixturevalue("postgres_url")
    return url


async def kill_all(database: Database) -> None:
    """Ends every connection to the server but the one that says so, which rests then too."""
    killer = Database(str(database.engine.url.render_as_string(hide_password=False)))
    await killer.write(lambda session: session.execute(KILL_OTHERS).all())
    await killer.close()


class Counted:
    """A unit that counts its runs and has its connection cut at one of them."""

    def __init__(self, killer: Database, *, cut_before_statement: bool, times: int = 1) -> None:
        self.runs = 0
        self._killer = killer
        self._cut_before_statement = cut_before_statement
        self._times = times

    def __call__(self, session: Session) -> int:
        self.runs += 1
        add(self.runs)(session)
        if self.runs <= self._times:
            with self._killer.transaction() as other:
                other.execute(KILL_OTHERS).all()
        if self._cut_before_statement:
            return session.scalars(select(func.count()).select_from(PARENT)).one()
        return 0


async def test_connections_that_died_while_they_rested_cost_no_error(database: Database):
    await asyncio.gather(*(database.write(add(number)) for number in range(10)))
    await kill_all(database)
    assert await database.write(add(10)) == 10
    await kill_all(database)
    assert await ids(database, PARENT) == list(range(11))
    await kill_all(database)
    await database.ping()


async def test_a_unit_that_is_cut_off_runs_again_whole(database: Database):
    killer = Database(database.engine.url.render_as_string(hide_password=False))
    unit = Counted(killer, cut_before_statement=True)
    assert await database.write(unit) == 1
    assert unit.runs == 2
    assert await ids(database, PARENT) == [2], "of the first run nothing is kept"
    await killer.close()


async def test_a_savepoint_that_is_cut_off_is_no_other_case(database: Database):
    killer = Database(database.engine.url.render_as_string(hide_password=False))
    unit = Counted(killer, cut_before_statement=True)

    def nested(session: Session) -> int:
        with session.begin_nested():
            return unit(session)

    assert await database.write(nested) == 1
    assert unit.runs == 2
    await killer.close()


async def test_a_unit_that_is_cut_off_twice_fails(database: Database):
    killer = Database(database.engine.url.render_as_string(hide_password=False))
    unit = Counted(killer, cut_before_statement=True, times=2)
    with pytest.raises(DatabaseUnavailable):
        await database.write(unit)
    assert unit.runs == 2
    assert await ids(database, PARENT) == []
    await killer.close()


async def test_a_commit_in_doubt_is_not_made_twice(database: Database):
    killer = Database(database.engine.url.render_as_string(hide_password=False))
    unit = Counted(killer, cut_before_statement=False)
    with pytest.raises(DatabaseUnavailable):
        await database.write(unit)
    assert unit.runs == 1
    await killer.close()
