"""What the bars about tokens stand on: ayda in this process on a fresh database, its Strava the simulator."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from ayda_service.settings import Settings
from servicekit.api_keys import ApiKeys
from servicekit.migrations import upgrade
from servicekit.settings import Secret
from servicekit.vault import Vault
from strava_sim.authorizations import RotationMode
from strava_sim.simulator import Simulator
from tests.ayda.support import AYDA_URL, BOT_TOKEN, CLIENT_SECRET, KEY_IN, KEY_OUT, Ayda, World
from tests.servicekit.strava.support import OAUTH_BASE, Clock, StravaTransport

DRILL = os.environ.get("AYDA_DRILL") == "1"
LIFE_S = 6 * 3600


def report(bar: str, **figures: object) -> None:
    """Prints the figures of a bar on one line."""
    shown = " ".join(f"{name}={value}" for name, value in figures.items())
    print(f"\n{bar} [{'drill' if DRILL else 'fast'}] {shown}")  # noqa: T201 - a bar prints its figure


def settings_on(url: str, **changes: Any) -> Settings:
    base = Settings(
        strava_client_id="4242",
        strava_client_secret=Secret(CLIENT_SECRET),
        vault=Vault({"k1": bytes(range(32))}),
        bot_token=Secret(BOT_TOKEN),
        database_url=url,
        public_url=AYDA_URL,
        bot_name="ayda_bot",
        api_keys=ApiKeys.parse(KEY_IN),
        predictor_url="http://predictor.test",
        predictor_api_keys=ApiKeys.parse(KEY_OUT),
        strava_oauth_base=OAUTH_BASE,
        worker_embedded=False,
    )
    return replace(base, **changes)


def new_world(folder: Path, *, rotation: RotationMode = "strict", **changes: Any) -> World:
    """A migrated SQLite file, a Strava with room for everybody, a clock that stands."""
    url = f"sqlite:///{folder / 'bar.db'}"
    upgrade("ayda_service", url)
    clock = Clock()
    simulator = Simulator(now=clock.now, seed=1, rotation=rotation, client_secret=CLIENT_SECRET, athlete_capacity=10**9)
    return World(settings_on(url, **changes), clock, simulator, StravaTransport(simulator))


@asynccontextmanager
async def browser_of(ayda: Ayda, cookies: Mapping[str, str] | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """One more browser, with a cookie jar of its own."""
    transport = httpx.ASGITransport(app=ayda.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=AYDA_URL, cookies=dict(cookies or {})) as http:
        yield http
