"""Between Strava's answer to a code and our commit: what cannot be stored does not go on living there."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, Table, insert, select
from sqlalchemy.orm import Session

from servicekit.base.vault import Vault
from servicekit.data.columns import new_metadata
from servicekit.data.database import Database
from servicekit.data.trouble import DatabaseUnavailable
from servicekit.strava.errors import CodeRefused
from servicekit.strava.grants import Grants
from servicekit.strava.oauth import StravaOAuth
from servicekit.strava.revocations.service import Revocations
from servicekit.strava.tokens.seals import SealedTokens, TokenSeals
from simulators.strava.simulator import Simulator
from tests.servicekit.strava.support import SCOPE, Clock, StravaTransport

METADATA = new_metadata()
HELD = Table("held", METADATA, Column("athlete_id", Integer, primary_key=True))


class GivenUp(Revocations):
    """Remembers whose tokens a job would end."""

    def __init__(self) -> None:
        self.athletes: list[int] = []

    def give_up(self, _session: Session, tokens: object, **_terms: object) -> None:  # type: ignore[override]
        self.athletes.append(tokens.athlete_id)  # type: ignore[attr-defined]


class World:
    """A Strava, a database that can be locked, and what stands between them."""

    def __init__(self, file: Path, simulator: Simulator, oauth: StravaOAuth, clock: Clock) -> None:
        self.simulator = simulator
        self.clock = clock
        self.database = Database(f"sqlite:///{file}")
        METADATA.create_all(self.database.engine)
        self.given_up = GivenUp()
        seals = TokenSeals(Vault({"k": bytes(32)}), now=clock.now)
        self.grants = Grants(oauth, seals, self.given_up, self.database, within_s=0.4)
        self._other = sqlite3.connect(file, isolation_level=None)

    def lock(self) -> None:
        self._other.execute("BEGIN IMMEDIATE")

    def unlock(self) -> None:
        self._other.execute("ROLLBACK")

    def code(self) -> tuple[int, str]:
        athlete_id = self.simulator.add_athlete()
        return athlete_id, self.simulator.authorizations.consent(
            athlete_id, tuple(SCOPE.split(",")), self.simulator.clock.now_s()
        )

    def alive(self) -> list[int]:
        return [each.athlete_id for each in self.simulator.authorizations if each.refresh_token is not None]

    async def held(self) -> list[int]:
        return await self.database.read(lambda session: list(session.scalars(select(HELD.c.athlete_id))))

    async def close(self) -> None:
        await self.grants.close()
        self._other.close()
        await self.database.close()


@pytest.fixture
async def world(tmp_path: Path, simulator: Simulator, oauth: StravaOAuth, clock: Clock) -> AsyncIterator[World]:
    world = World(tmp_path / "held.db", simulator, oauth, clock)
    yield world
    await world.close()


def keep(session: Session, athlete_id: int, _sealed: SealedTokens) -> int:
    session.execute(insert(HELD).values(athlete_id=athlete_id))
    return athlete_id


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is awaited is a plain condition
            await asyncio.sleep(0.01)


async def test_what_strava_gave_is_stored_and_lives(world: World):
    athlete_id, code = world.code()
    assert await world.grants.obtain(code, keep) == athlete_id
    assert (world.alive(), await world.held()) == ([athlete_id], [athlete_id])


async def test_a_database_that_comes_back_in_time_has_lost_nothing(world: World):
    athlete_id, code = world.code()
    world.lock()
    asyncio.get_running_loop().call_later(0.15, world.unlock)
    assert await world.grants.obtain(code, keep) == athlete_id
    assert (world.alive(), await world.held()) == ([athlete_id], [athlete_id])


async def test_what_cannot_be_stored_is_ended_at_strava(world: World):
    _, code = world.code()
    world.lock()
    with pytest.raises(DatabaseUnavailable):
        await world.grants.obtain(code, keep)
    await eventually(lambda: not world.alive())
    world.unlock()
    assert await world.held() == []


async def test_while_strava_is_away_too_a_job_is_left_as_soon_as_the_database_is_back(
    world: World, transport: StravaTransport
):
    athlete_id, code = world.code()

    def nobody_is_there(_session: Session, _athlete_id: int, _sealed: SealedTokens) -> None:
        transport.down = True
        raise LookupError

    with pytest.raises(LookupError):
        await world.grants.obtain(code, nobody_is_there)
    await eventually(lambda: world.given_up.athletes == [athlete_id])


async def test_a_browser_that_leaves_after_the_exchange_changes_nothing(world: World, transport: StravaTransport):
    athlete_id, code = world.code()
    world.lock()
    leaving = asyncio.create_task(world.grants.obtain(code, keep))
    await eventually(lambda: bool(world.alive()))
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    world.unlock()
    await world.grants.close()
    assert (world.alive(), await world.held()) == ([athlete_id], [athlete_id])


async def test_a_code_that_strava_refuses_ends_nothing(world: World):
    with pytest.raises(CodeRefused):
        await world.grants.obtain("made-up", keep)
    assert world.given_up.athletes == []
