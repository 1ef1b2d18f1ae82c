"""What the bars about tokens stand on: ayda in this process on a fresh database, its Strava the simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from servicekit.data.migrations import upgrade
from simulators.strava.application.switches import RotationMode
from simulators.strava.simulator import Simulator
from tests.ayda.support import AYDA_URL, CLIENT_SECRET, Ayda, World, settings_on
from tests.servicekit.strava.support import Clock, StravaTransport

LIFE_S = 6 * 3600


def new_world(folder: Path, *, rotation: RotationMode = "strict", **changes: Any) -> World:
    """A migrated SQLite file, a Strava with room for everybody, a clock that stands."""
    return world_on(f"sqlite:///{folder / 'bar.db'}", rotation=rotation, **changes)


def world_on(url: str, *, rotation: RotationMode = "strict", **changes: Any) -> World:
    """The same on an empty database of any kind."""
    upgrade("ayda_service", url)
    clock = Clock()
    simulator = Simulator(now=clock.now, seed=1, rotation=rotation, client_secret=CLIENT_SECRET, athlete_capacity=10**9)
    return World(settings_on(url, **changes), clock, simulator, StravaTransport(simulator))


@asynccontextmanager
async def browser_of(
    ayda: Ayda, cookies: Mapping[str, str] | None = None, *, ip: str = "127.0.0.1"
) -> AsyncIterator[httpx.AsyncClient]:
    """One more browser, with a cookie jar of its own, at an address of the network."""
    transport = httpx.ASGITransport(app=ayda.app, raise_app_exceptions=False, client=(ip, 40_000))
    async with httpx.AsyncClient(transport=transport, base_url=AYDA_URL, cookies=dict(cookies or {})) as http:
        yield http
