"""W1: receiver and worker are killed while events flow; what was acknowledged has its effect, once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.bars.webhook_house import House

ATHLETES = 5
ATTEMPTS = 3
PATIENCE_S = 150


@dataclass
class Strava:
    """Sends each event up to three times, two seconds each, and keeps its own log."""

    callback: str
    pause_s: float
    acknowledged: set[int] = field(default_factory=set)
    given_up: set[int] = field(default_factory=set)

    async def send(self, http: httpx.AsyncClient, owner: int, activity_id: int) -> None:
        event = {
            "object_type": "activity", "object_id": activity_id, "aspect_type": "create", "updates": {},
            "owner_id": owner, "subscription_id": 1, "event_time": 1_780_000_000,
        }  # fmt: skip
        for _ in range(ATTEMPTS):
            try:
                answer = await http.post(self.callback, json=event, timeout=2)
            except httpx.TransportError:
                pass
            else:
                if answer.status_code == 200:
                    self.acknowledged.add(activity_id)
                    return
            await asyncio.sleep(self.pause_s)
        self.given_up.add(activity_id)


@pytest.mark.system
async def test_what_was_acknowledged_has_its_effect_once_whoever_is_killed(
    tmp_path: Path, drill: bool, figure: Callable[[str], None]
):
    kills, events_per_kill = (100, 200) if drill else (4, 30)
    house, chance = House(tmp_path, ATHLETES), random.Random(1)
    strava = Strava("", pause_s=1.5)
    async with house.running(), httpx.AsyncClient(trust_env=False) as http:
        strava.callback = house.callback
        number = 16_000_000_000
        for _ in range(kills):
            sending = []
            for _ in range(events_per_kill):
                number += 1
                sending.append(asyncio.create_task(strava.send(http, chance.choice(house.owners), number)))
                await asyncio.sleep(chance.uniform(0, 0.02))
            await asyncio.sleep(chance.uniform(0, 0.2))
            victim = chance.choice([house.receiver, house.worker])
            victim.kill()
            await asyncio.to_thread(victim.start)
            await asyncio.gather(*sending)
        if not drill:
            # the next event of an athlete takes along what a killed worker left; the long form waits for its lease
            for owner in house.owners:
                number += 1
                await strava.send(http, owner, number)
        effects = await _settled(house, strava)
    lost = strava.acknowledged - effects.keys()
    doubled = [activity for activity, count in effects.items() if count > 1]
    figure(
        f"W1: {kills} kills, {kills * events_per_kill} events, {len(strava.acknowledged)} acknowledged, "
        f"{len(strava.given_up)} given up by Strava, {len(lost)} lost after ack, {len(doubled)} double effects"
    )
    assert not lost
    assert not doubled
    assert len(strava.acknowledged) > kills * events_per_kill / 2, "a receiver that refuses everything loses nothing"


async def _settled(house: House, strava: Strava) -> Counter[int]:
    """The effects when all acknowledged events have theirs, or when no more come."""
    effects: Counter[int] = Counter()
    for _ in range(PATIENCE_S * 2):
        effects = Counter(await house.effects())
        if strava.acknowledged <= effects.keys():
            break
        await asyncio.sleep(0.5)
    return effects
