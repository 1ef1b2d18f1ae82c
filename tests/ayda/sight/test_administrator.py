"""The administrator in a simulated Telegram: told once, told of the end, and found out when nobody can be told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from ayda_service.sight.administrator import AGAIN_AFTER
from ayda_service.sight.service import UNTOLD
from servicekit.base.clock import utc_now
from simulators.telegram.acts import block, say
from tests.ayda.bot.together import ALEX, PATIENCE_S, Together, together
from tests.service_database import ON_POSTGRES

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(ON_POSTGRES, reason="the queue on PostgreSQL counts by the database's clock"),
]
WELL, HOLDING = "This chat is told of alarms. None holds now.", "This chat is told of alarms. Those that hold now:"
FAILS, ANSWERS = "🔴 Strava fails: 4 calls in a row got no answer.", "🟢 Strava answers again."
LASTED_S, OVER_S = 121.0, 301.0


@dataclass
class Ahead:
    """A clock that can be moved on."""

    by: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.by


@dataclass
class House:
    """Both of them, with an administrator who has not written to the bot yet."""

    both: Together
    clock: Ahead

    @property
    def parts(self) -> Any:
        return self.both.app.litestar.state["parts"]

    async def look(self, *, after_s: float = 0.0) -> None:
        """One process looks, and what it says has been sent, or could not be."""
        self.clock.by += timedelta(seconds=after_s)
        await self.parts.watchman.look()
        await self.both.settled()

    async def strava_fails(self, times: int) -> None:
        """What all processes know of Strava's API."""

        def write(session: Any) -> None:
            session.execute(text("DELETE FROM strava_outage"))
            row = "INSERT INTO strava_outage (id, failures, shut_until_s, changes) VALUES (2, :times, 0, 1)"
            session.execute(text(row), {"times": times})

        await self.parts.database.write(write)

    def heard(self) -> list[str]:
        """What stands in the administrator's chat about Strava, and that it is told of alarms."""
        lines = [line for message in self.both.by_bot() for line in message.content.text.splitlines()]
        return [line for line in lines if line in {WELL, HOLDING, ANSWERS} or "Strava fails" in line]

    def tries(self) -> list[str]:
        return self.both.calls("sendMessage")

    async def is_degraded_by(self, *names: str) -> dict[str, str]:
        """Waits until readiness says so, which gives an answer again for a second; what it says."""
        async with httpx.AsyncClient(base_url=self.both.ayda_url, trust_env=False, timeout=240) as http:
            async with asyncio.timeout(PATIENCE_S):
                while set(said := (await http.get("/health/ready")).json().get("degraded", {})) != set(names):  # noqa: ASYNC110 - an answer tells no one
                    await asyncio.sleep(0.2)
            return dict(said)

    async def metrics(self) -> str:
        async with httpx.AsyncClient(base_url=self.both.ayda_url, trust_env=False, timeout=240) as http:
            return (await http.get("/metrics")).text


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    clock = Ahead()
    async with together(database_url, admin_chat_id=ALEX, now=clock) as both:
        yield House(both, clock)


async def met(house: House) -> None:
    """The administrator writes to the bot and is told that alarms come."""
    await house.both.write("/start")
    await house.look()


async def test_an_alarm_is_told_once_and_its_end_once(house: House):
    await met(house)
    await house.strava_fails(4)
    await house.look()
    await house.look(after_s=LASTED_S)
    await house.look(after_s=30)
    assert house.heard() == [FAILS]
    await house.strava_fails(0)
    await house.look(after_s=60)
    await house.look(after_s=OVER_S)
    await house.look(after_s=30)
    assert house.heard() == [FAILS, ANSWERS]


async def test_one_that_comes_and_goes_is_told_of_once_an_hour(house: House):
    await met(house)
    for _ in range(4):
        await house.strava_fails(4)
        await house.look()
        await house.look(after_s=LASTED_S)
        await house.strava_fails(0)
        await house.look(after_s=OVER_S)
    assert house.heard() == [FAILS, ANSWERS]


async def test_a_chat_that_never_wrote_is_found_out_and_told_as_soon_as_it_writes(house: House):
    await house.look()
    assert house.tries() == ["refused"]
    for _ in range(3):
        await house.look(after_s=30)
    assert house.tries() == ["refused"], "it is not tried again at each look"
    assert await house.is_degraded_by("administrator") == {"administrator": UNTOLD}
    assert 'alarms{name="AdministratorUnreached",severity="warning"} 1.0' in await house.metrics()
    await house.strava_fails(4)
    await house.look()
    await house.look(after_s=LASTED_S)
    assert house.tries() == ["refused"]
    say(house.both.telegram, ALEX, "/start")
    await house.both.settled()
    await house.look(after_s=3)
    assert house.heard() == [HOLDING, FAILS]
    await house.look(after_s=OVER_S)
    await house.is_degraded_by()
    assert "AdministratorUnreached" not in await house.metrics()


async def test_who_blocks_the_bot_is_tried_again_once_an_hour_and_hears_what_holds_by_then(house: House):
    await met(house)
    block(house.both.telegram, ALEX, blocked=True)
    await house.strava_fails(4)
    await house.look()
    await house.look(after_s=LASTED_S)
    tried = len(house.tries())
    assert house.tries()[-1] == "refused"
    for _ in range(3):
        await house.look(after_s=AGAIN_AFTER.total_seconds() / 3 + 1)
    assert len(house.tries()) == tried + 1
    block(house.both.telegram, ALEX, blocked=False)
    await house.strava_fails(0)
    await house.look(after_s=OVER_S)
    await house.look(after_s=AGAIN_AFTER.total_seconds())
    assert house.heard()[-1:] in ([WELL], [HOLDING])


async def test_a_group_that_wrote_nothing_is_greeted_once(database_url: str):
    clock = Ahead()
    group = -1_001_000_000_001
    async with together(database_url, admin_chat_id=group, now=clock) as both:
        house = House(both, clock)
        for _ in range(3):
            await house.look(after_s=5)
        assert [message.content.text for message in both.by_bot(group)] == [WELL]
