"""The predictor's whole service with a simulated Strava and a small ayda, as who calls it sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
from sqlalchemy import select

from predictor_service.athletes.models import Athlete
from predictor_service.settings import Settings
from simulators.strava import Simulator, create_app
from tests.predictor.support import Predictor, running
from tests.predictor.sync.world import MEMBER, Clock, FakeAyda


class House:
    def __init__(self, predictor: Predictor, simulator: Simulator, ayda: FakeAyda, clock: Clock) -> None:
        self.predictor = predictor
        self.clock = clock
        self.simulator = simulator
        self.ayda = ayda

    async def connect(self, activities: int) -> int:
        strava_id = self.simulator.add_athlete(activities=activities, specials=False)
        self.ayda.connect(MEMBER, strava_id)
        assert (await self.predictor.connected(MEMBER, strava_id)).status_code == 200
        return strava_id

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.predictor.http.get(f"/strava/{path}", params=query)

    async def sync(self, **query: Any) -> httpx.Response:
        return await self.predictor.http.post("/strava/sync", params=query)

    async def work(self) -> None:
        """Runs the waiting syncs of the connected athlete, as the worker would."""
        parts = self.predictor.app.litestar.state.parts
        with parts.database.reading() as session:
            (athlete_id,) = session.scalars(select(Athlete.id).where(Athlete.strava_athlete_id.is_not(None)))
        await parts.sync.run(athlete_id)


async def never(_request: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


@asynccontextmanager
async def house(settings: Settings, *, silent: bool = False) -> AsyncIterator[House]:
    """With a `silent` Strava no call to it is ever answered."""
    clock = Clock()
    simulator = Simulator(now=clock)
    ayda = FakeAyda(simulator, clock)
    transports = {
        "strava_transport": httpx.MockTransport(never) if silent else httpx.ASGITransport(create_app(simulator)),
        "ayda_transport": httpx.MockTransport(ayda),
    }
    async with running(replace(settings, background_sync_enabled=False), clock, **transports) as predictor:
        yield House(predictor, simulator, ayda, clock)
