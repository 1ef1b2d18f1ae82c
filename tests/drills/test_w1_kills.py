"""W1: receiver, worker and PostgreSQL are killed while events flow; what was acknowledged has its effect, once."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.drills.own_postgres import OwnPostgres
from tests.drills.places import Places, on_postgres, on_sqlite
from tests.drills.webhook_house import House
from tests.system.processes import Process

ATHLETES = 5
PAUSES_S = (1.5, 4.0, 0.0)
"""After each of the three attempts; Strava's are minutes."""
STALLED_S = 90
"""Without a new effect for longer than the jobs of a dead worker wait: no more will come."""


@dataclass
class Strava:
    """Sends each event up to three times, two seconds each, and keeps its own log."""

    callback: str
    acknowledged: set[int] = field(default_factory=set)
    given_up: set[int] = field(default_factory=set)

    async def send(self, http: httpx.AsyncClient, owner: int, activity_id: int) -> None:
        event = {
            "object_type": "activity", "object_id": activity_id, "aspect_type": "create", "updates": {},
            "owner_id": owner, "subscription_id": 1, "event_time": 1_780_000_000,
        }  # fmt: skip
        for pause_s in PAUSES_S:
            try:
                answer = await http.post(self.callback, json=event, timeout=2)
            except httpx.TransportError:
                pass
            else:
                if answer.status_code == 200:
                    self.acknowledged.add(activity_id)
                    return
            await asyncio.sleep(pause_s)
        self.given_up.add(activity_id)


Victim = Process | OwnPostgres


@pytest.mark.system
@pytest.mark.parametrize("databases", [on_sqlite, on_postgres])
async def test_what_was_acknowledged_has_its_effect_once_whoever_is_killed(
    tmp_path: Path,
    drill: bool,
    figure: Callable[[str], None],
    databases: Places,
):
    kills, events_per_kill = (100, 200) if drill else (6, 30)
    with databases(tmp_path) as (place, servers):
        house, chance = House(tmp_path, ATHLETES, place), random.Random(1)
        victims: list[Victim] = [house.receiver, house.worker, *servers]
        strava = Strava("")
        died: Counter[str] = Counter()
        async with house.running(), httpx.AsyncClient(trust_env=False) as http:
            strava.callback = house.callback
            number, begun = 16_000_000_000, time.monotonic()
            for kill in range(kills):
                sending = []
                for _ in range(events_per_kill):
                    number += 1
                    sending.append(asyncio.create_task(strava.send(http, chance.choice(house.owners), number)))
                    await asyncio.sleep(chance.uniform(0, 0.02))
                await asyncio.sleep(chance.uniform(0, 0.2))
                victim = victims[kill] if kill < len(victims) else chance.choice(victims)
                died[{id(house.receiver): "receiver", id(house.worker): "worker"}.get(id(victim), "PostgreSQL")] += 1
                await asyncio.to_thread(victim.kill)
                await asyncio.to_thread(victim.start)
                await asyncio.gather(*sending)
            took_s, waiting = time.monotonic() - begun, len(strava.acknowledged - set(await house.effects()))
            effects = await _settled(house, strava)
            settled_s = time.monotonic() - begun - took_s
    lost = strava.acknowledged - effects.keys()
    doubled = [activity for activity, count in effects.items() if count > 1]
    figure(
        f"W1 {databases.__name__}: {kills} kills ({dict(died)}) in {took_s:.0f} s, {kills * events_per_kill} events, "
        f"{len(strava.acknowledged)} acknowledged, {len(strava.given_up)} given up by Strava; {waiting} waited at the "
        f"end, for {settled_s:.0f} s; {len(lost)} lost after ack, {len(doubled)} double effects"
    )
    assert not lost
    assert not doubled
    assert effects.keys() <= strava.acknowledged | strava.given_up, "only what was sent has an effect"
    assert len(strava.acknowledged) > kills * events_per_kill / 2, "a receiver that refuses everything loses nothing"


async def _settled(house: House, strava: Strava) -> Counter[int]:
    """The effects when all acknowledged events have theirs, or when no more come."""
    effects, moved_at = Counter(await house.effects()), time.monotonic()
    while not strava.acknowledged <= effects.keys() and time.monotonic() - moved_at < STALLED_S:
        await asyncio.sleep(0.5)
        now = Counter(await house.effects())
        if now != effects:
            effects, moved_at = now, time.monotonic()
    return effects
