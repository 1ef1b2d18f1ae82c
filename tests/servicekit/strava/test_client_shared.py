"""The one client of Strava in several processes, and against the simulator as the judge."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.schema import CreateTable

from kernel.strava.quota import Priority
from servicekit.data.columns import new_metadata
from servicekit.data.database import Database
from servicekit.strava.access import Access
from servicekit.strava.client import Patience, StravaClient, strava_http
from servicekit.strava.counters import QuotaStore
from servicekit.strava.errors import AppInactive, RateLimited, ServerTrouble, StravaUnavailable
from servicekit.strava.outages.store import OutageColumns, SqlOutage, Watched
from servicekit.strava.outages.watch import Outage
from servicekit.strava.quota import QuotaLedger
from simulators.strava.application.fault_menu import PlannedFault
from simulators.strava.simulator import Simulator
from tests.servicekit.strava.support import OAUTH_BASE, Clock, StravaTransport
from tests.servicekit.strava.world import ACTIVITY, SIMPLEST, One, ScriptedStrava, one_client

LIST = "/athlete/activities"


class Base(DeclarativeBase):
    metadata = new_metadata()


class OutageRow(OutageColumns, Base):
    __tablename__ = "outage"


@asynccontextmanager
async def processes(url: str, strava: ScriptedStrava, count: int) -> AsyncIterator[list[One]]:
    """Clients that share a database and nothing else."""
    databases = [Database(url) for _ in range(count)]
    with databases[0].engine.begin() as connection:
        connection.execute(CreateTable(OutageRow.__table__))
    try:
        yield [one_client(strava.clock, strava, shared=SqlOutage(each, OutageRow, Watched.API)) for each in databases]
    finally:
        for each in databases:
            await each.close()


async def test_what_one_process_learns_of_an_outage_holds_for_the_others_and_so_does_its_end(url: str):
    clock = Clock()
    strava = ScriptedStrava(clock, {path: itertools.repeat(502) for path in (ACTIVITY, SIMPLEST)})
    async with processes(url, strava, 2) as (one, other):
        for each in (one, other):
            with pytest.raises(StravaUnavailable):
                await each.ask()
        knocks = len(strava.asked)
        clock.advance(2)
        for each in (one, other) * 3:
            with pytest.raises(StravaUnavailable):
                await each.ask()
        assert strava.paths()[knocks:] == [SIMPLEST], "together they are one prober"
        strava.scripts.clear()
        clock.advance(60)
        assert (await one.ask()).status == 200
        clock.advance(1)
        assert (await other.ask()).status == 200


async def test_an_outage_of_the_api_says_nothing_about_the_token_endpoint(url: str):
    clock = Clock()
    strava = ScriptedStrava(clock, {path: itertools.repeat(502) for path in (ACTIVITY, SIMPLEST)})
    async with processes(url, strava, 1) as (one,):
        with pytest.raises(StravaUnavailable):
            await one.ask()
        database = Database(url)
        async with Outage(clock.now, SqlOutage(database, OutageRow, Watched.OAUTH)).probe():
            pass
        assert (await SqlOutage(database, OutageRow, Watched.API).read()).failures == 1
        await database.close()


class Judged:
    """A client of the simulated Strava, which counts what it is asked."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.advance(60)
        self.simulator = Simulator(now=self.clock.now, seed=1)
        athlete_id = self.simulator.add_athlete()
        now_s = self.clock.now().timestamp()
        code = self.simulator.authorizations.consent(athlete_id, ("read", "activity:read_all"), now_s)
        self._token = self.simulator.authorizations.exchange(code, now_s).access.token
        self.quota = QuotaLedger(QuotaStore(), now=self.clock.now)
        http = strava_http(f"{OAUTH_BASE}/api/v3", now=self.clock.now, transport=StravaTransport(self.simulator))
        patience = Patience(self.clock.now, self._sleep, lambda: 0.0)
        self.client = StravaClient(http, self.quota, Outage(self.clock.now), patience=patience)

    async def _sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)

    async def list(self) -> None:
        async def fetch(*, force: bool) -> str:
            return self._token

        await self.client.ask(Access(fetch), "GET", LIST, priority=Priority.INTERACTIVE)

    def requests(self) -> list[tuple[str, int | None]]:
        return [(entry.path.removeprefix("/api/v3"), entry.status) for entry in self.simulator.request_log]


@settings(max_examples=20)
@given(st.integers(0, 3), st.sampled_from(["html", "empty", "reset"]), st.sampled_from([500, 502, 503, 504]))
async def test_the_simulator_sees_each_repeat_and_we_have_counted_each(failures: int, kind: str, status: int):
    judged = Judged()
    judged.simulator.faults.order(PlannedFault(kind, f"/api/v3{LIST}", count=failures, status=status))  # type: ignore[arg-type]
    await judged.list()
    assert len(judged.requests()) == failures + 1
    assert (await judged.quota.status()).requests_day == failures + 1
    await judged.client.close()


async def test_the_simulator_sees_no_repeat_of_a_429_and_nobody_before_its_window_ends():
    judged = Judged()
    judged.simulator.faults.order(PlannedFault("rate_limited", f"/api/v3{LIST}", count=10))
    for _ in range(5):
        with pytest.raises(RateLimited) as caught:
            await judged.list()
    assert judged.requests() == [(LIST, 429)]
    judged.simulator.faults.clear()
    judged.clock.at = caught.value.retry_at
    await judged.list()
    assert judged.requests()[1:] == [("/athlete", 200), (LIST, 200)]


async def test_the_simulator_tells_one_request_that_fails_from_a_strava_that_is_away():
    judged = Judged()
    judged.simulator.faults.order(PlannedFault("html", f"/api/v3{LIST}", count=4, status=500))
    with pytest.raises(ServerTrouble):
        await judged.list()
    assert [path for path, _ in judged.requests()] == [LIST] * 4 + ["/athlete"]
    judged.simulator.faults.order(PlannedFault("html", "/api/v3", count=100, status=500))
    with pytest.raises(StravaUnavailable):
        await judged.list()


async def test_an_inactive_application_is_asked_for_once_a_step():
    judged = Judged()
    judged.simulator.switches.inactive = True
    for _ in range(10):
        with pytest.raises(AppInactive):
            await judged.list()
    assert judged.requests() == [(LIST, 403), ("/athlete", 403)]
