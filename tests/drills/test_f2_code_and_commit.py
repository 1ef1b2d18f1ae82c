"""F2: a database that is busy right after Strava has answered to a code leaves nothing alive that we do not hold."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import httpx

from simulators.strava.simulator import Simulator
from tests.ayda.support import Ayda, World, eventually
from tests.drills.reporting import DRILL, report
from tests.drills.vault_world import browser_of, new_world
from tests.servicekit.strava.support import StravaTransport

RUNS = 20 if DRILL else 4
BUSY_S = 6.0 if DRILL else 0.5
OUTLASTING = 2 if DRILL else 0
"""Runs in which the database stays away longer than it is waited for."""


class LocksAfterExchange(StravaTransport):
    """Somebody takes the lock of the file while Strava's answer to a code is on its way."""

    def __init__(self, simulator: Simulator, file: Path) -> None:
        super().__init__(simulator)
        self._other = sqlite3.connect(file, isolation_level=None)
        self.holds = False
        self.for_s: float | None = BUSY_S
        """How long; None until it is let go."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if self.requests[-1] == ("/oauth/token", "authorization_code"):
            self._other.execute("BEGIN IMMEDIATE")
            self.holds = True
            if self.for_s is not None:
                asyncio.get_running_loop().call_later(self.for_s, self.let_go)
        return answer

    def let_go(self) -> None:
        if self.holds:
            self._other.execute("ROLLBACK")
            self.holds = False

    def close(self) -> None:
        self._other.close()


def locking(folder: Path) -> tuple[World, LocksAfterExchange]:
    world = new_world(folder)
    transport = LocksAfterExchange(world.simulator, folder / "bar.db")
    world.strava = transport
    return world, transport


def alive(ayda: Ayda) -> set[int]:
    return {each.athlete_id for each in ayda.simulator.authorizations if each.refresh_token is not None}


async def connect(ayda: Ayda, telegram_id: int) -> tuple[httpx.Response, bool]:
    """What the browser sees in the end, however often it had to ask; whether it had to."""
    async with browser_of(ayda) as browser:
        headers = ayda.as_member(telegram_id, Accept="application/json")
        url = (await browser.get("/api/v1/strava/auth", headers=headers)).json()["authorization_url"]
        back = await ayda.consent(url, ayda.simulator.add_athlete())
        first = await browser.get(back)
        return await browser.get(back), first.status_code != httpx.codes.OK


async def test_nothing_lives_at_strava_that_we_do_not_hold(tmp_path: Path):
    world, transport = locking(tmp_path)
    unheld = told = 0
    async with world.running() as ayda:
        for number in range(RUNS):
            answer, _ = await connect(ayda, 1000 + number)
            told += "<h1>Strava is connected.</h1>" in answer.text
            held = (await ayda.status(1000 + number))["athlete_id"]
            unheld += len(alive(ayda)) - (number + 1) if held in alive(ayda) else 1
        kept, transport.for_s = len(alive(ayda)), None
        for number in range(OUTLASTING):
            _, refused = await connect(ayda, 2000 + number)
            assert refused
            await eventually(lambda: len(alive(ayda)) == kept, within_s=60)
            transport.let_go()
            assert (await ayda.status(2000 + number))["state"] == "not_connected"
    transport.close()
    report("F2", runs=RUNS, busy_s=BUSY_S, outlasting=OUTLASTING, told_connected=told, alive_and_not_held=unheld)
    assert (told, unheld) == (RUNS, 0)
