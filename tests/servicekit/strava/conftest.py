from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.schema import CreateTable

from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.data.database import Database
from servicekit.strava.client import strava_http
from servicekit.strava.oauth import StravaOAuth
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import ReadyToken, StoredTokens, TokenSeals
from servicekit.strava.tokens.store import SqlTokenStore, token_columns
from simulators.strava.simulator import Simulator
from tests.servicekit.strava.support import LIFE_S, OAUTH_BASE, SCOPE, Clock, StravaTransport, TokenRow, consent
from tests.support_postgres import temporary_database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Simulator:
    return Simulator(now=clock.now, seed=1, rotation="strict")


@pytest.fixture
def transport(simulator: Simulator) -> StravaTransport:
    return StravaTransport(simulator)


@pytest.fixture
async def oauth(clock: Clock, transport: StravaTransport) -> AsyncIterator[StravaOAuth]:
    client = strava_http(OAUTH_BASE, transport=transport, now=clock.now, timeout_s=5)
    yield StravaOAuth(
        client_id="4242",
        client_secret=Secret("simulated-secret"),
        oauth_base=OAUTH_BASE,
        client=client,
        now=clock.now,
    )
    await client.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tokens.db'}"
        return
    with temporary_database(f"ayda_tokens_{uuid.uuid4().hex[:12]}") as address:
        yield address


@dataclass
class Process:
    """A keeper on its own connections, as another process would have."""

    database: Database
    store: SqlTokenStore
    keeper: TokenKeeper


@dataclass
class House:
    """Everything a token passes through."""

    url: str
    clock: Clock
    simulator: Simulator
    transport: StravaTransport
    oauth: StravaOAuth
    vault: Vault = field(default_factory=lambda: Vault({"k1": bytes(range(32))}))
    processes: list[Process] = field(default_factory=list)

    def start(self, **options: Any) -> Process:
        """One more process."""
        database = Database(self.url)
        store = SqlTokenStore(database, TokenRow)
        keeper = TokenKeeper(store, self.oauth, self.vault, now=self.clock.now, **options)
        self.processes.append(Process(database, store, keeper))
        return self.processes[-1]

    async def connect(self, process: Process, athlete_id: int | None = None) -> int:
        """An athlete with fresh tokens."""
        known = self.simulator.add_athlete() if athlete_id is None else athlete_id
        grant = await consent(self.simulator, self.oauth, known)
        sealed = TokenSeals(self.vault, now=self.clock.now).seal(known, grant.tokens)
        values = {"athlete_id": known, "scope": SCOPE, "fence": 0, **token_columns(sealed)}
        with process.database.transaction() as session:
            session.execute(insert(TokenRow).values(**values))
        return known

    async def held(self, athlete_id: int, *processes: Process) -> list[asyncio.Task[ReadyToken]]:
        """A caller at each process after the token's end; the refresh is at Strava, until `transport.gate` is set."""
        self.clock.advance(LIFE_S)
        self.transport.gate.clear()
        callers = [asyncio.create_task(process.keeper.access_token(athlete_id)) for process in processes]
        await self.transport.asked()
        return callers

    async def row(self, process: Process, athlete_id: int) -> StoredTokens:
        stored = await process.store.read(athlete_id)
        assert stored is not None
        return stored

    def honours(self, athlete_id: int, access_token: str) -> bool:
        """Whether Strava itself accepts this access token now."""
        found, _known = self.simulator.authorizations.find_access(access_token, self.simulator.clock.now_s())
        return found is not None and found.athlete_id == athlete_id

    def holds_newest_refresh_token(self, athlete_id: int, stored: StoredTokens) -> bool:
        """Whether what we would refresh with is what Strava would accept: nothing was lost."""
        ours = TokenSeals(self.vault, now=self.clock.now).refresh_token(athlete_id, stored.sealed.refresh_tokens[0])
        theirs = self.simulator.authorizations.of(athlete_id)
        return theirs is not None and theirs.refresh_token == ours.reveal()


@pytest.fixture
async def house(
    url: str, clock: Clock, simulator: Simulator, transport: StravaTransport, oauth: StravaOAuth
) -> AsyncIterator[House]:
    made = House(url, clock, simulator, transport, oauth)
    first = Database(url)
    with first.engine.begin() as connection:
        connection.execute(CreateTable(TokenRow.__table__))
    await first.close()
    yield made
    for process in made.processes:
        await process.keeper.close()
        await process.database.close()
