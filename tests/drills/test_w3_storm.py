"""W3: a storm of events, each three times and in no order: none lost, little work for the predictor, few reads."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from simulators.strava.application.quota import RateLimits
from tests.ayda.support import Ayda
from tests.ayda.webhooks.support import EVENT_TIME, event, post, run_job, states, told
from tests.drills.places import Places, on_postgres, on_sqlite
from tests.drills.virtual_time import predictor
from tests.drills.webhook_house import House
from tests.service_database import ON_POSTGRES
from tests.system.processes import Process

pytestmark = [pytest.mark.postgres] if ON_POSTGRES else []

AT_ONCE = 40
STALLED_S = 90


async def test_a_storm_is_taken_in_whole_and_told_once_for_each_activity(
    hooked: Ayda, drill: bool, figure: Callable[[str], None]
):
    athletes, events_each = (100, 100) if drill else (8, 40)
    owners = [await hooked.connect(1_000_000 + number) for number in range(athletes)]
    storm = [
        event(owner, 1 + owner * 1000 + number // 4, "update", event_time=EVENT_TIME + number)
        for owner in owners
        for number in range(events_each)
    ]
    sent = storm * 3
    random.Random(3).shuffle(sent)
    begun = asyncio.get_running_loop().time()
    for start in range(0, len(sent), AT_ONCE):
        await _until_taken(hooked, sent[start : start + AT_ONCE])
    took_s = asyncio.get_running_loop().time() - begun
    waiting = (await hooked.queue.stats()).by_name["forward_events"]
    for owner in owners:
        for _ in range(-(-events_each // 200)):
            await run_job(hooked, "forward_events", owner_id=owner)
    activities = len({(each["owner_id"], each["object_id"]) for each in storm})
    left = [state for state in await states(hooked) if state != "done"]
    figure(
        f"W3: {len(sent)} deliveries of {len(storm)} events about {activities} activities of {athletes} athletes in "
        f"{took_s:.1f} s: {len(left)} lost, {waiting} jobs, {len(told(hooked))} notices"
    )
    assert left == []
    assert len(await states(hooked)) == len(storm)
    assert waiting == athletes
    assert len(told(hooked)) == activities


async def _until_taken(ayda: Ayda, events: list[dict[str, object]]) -> None:
    """Strava sends again what was answered with a 503."""
    while events:
        answers = await asyncio.gather(*(post(ayda, each) for each in events))
        events = [each for each, answer in zip(events, answers, strict=True) if answer.status_code != 200]


@pytest.mark.system
@pytest.mark.parametrize("databases", [on_sqlite, on_postgres])
async def test_the_processes_of_a_storm_stay_small_and_lose_nothing(
    tmp_path: Path, drill: bool, figure: Callable[[str], None], databases: Places
):
    athletes, events_each = (100, 100) if drill else (4, 25)
    with databases(tmp_path) as (place, _):
        house = House(tmp_path, athletes, place)
        async with house.running(), httpx.AsyncClient(trust_env=False) as http:
            storm = [
                event(owner, 1 + owner * 1000 + number, event_time=EVENT_TIME + number)
                for owner in house.owners
                for number in range(events_each)
            ]
            sent = storm * 3
            random.Random(3).shuffle(sent)
            begun = time.monotonic()
            for start in range(0, len(sent), AT_ONCE):
                await _until_stored(http, house.callback, sent[start : start + AT_ONCE])
            took_s = time.monotonic() - begun
            effects = await _effects(house, len(storm))
            peaks_mib = {
                name: _peak_mib(each) for name, each in [("receiver", house.receiver), ("worker", house.worker)]
            }
    figure(
        f"W3 {databases.__name__}: {len(sent)} deliveries of {len(storm)} events in {took_s:.0f} s, "
        f"{len(storm) - len(set(effects))} lost, {len(effects) - len(set(effects))} double effects, at most "
        + ", ".join(f"{peak:.0f} MiB {name}" for name, peak in peaks_mib.items())
    )
    assert sorted(effects) == sorted(int(str(each["object_id"])) for each in storm)
    assert max(peaks_mib.values()) < 200


async def _until_stored(http: httpx.AsyncClient, url: str, events: list[dict[str, object]]) -> None:
    while events:
        answers = await asyncio.gather(*(http.post(url, json=each, timeout=120) for each in events))
        events = [each for each, answer in zip(events, answers, strict=True) if answer.status_code != 200]


async def _effects(house: House, wanted: int) -> list[int]:
    """What the predictor took, once that is everything or no more comes."""
    effects, moved_at = await house.effects(), time.monotonic()
    while len(effects) < wanted and time.monotonic() - moved_at < STALLED_S:
        await asyncio.sleep(0.5)
        now = await house.effects()
        if len(now) != len(effects):
            effects, moved_at = now, time.monotonic()
    return effects


def _peak_mib(process: Process) -> float:
    """The most memory the process ever held."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def test_a_storm_costs_a_read_for_each_activity_and_a_list_for_each_athlete(
    tmp_path: Path, drill: bool, figure: Callable[[str], None]
):
    athletes, activities = (100, 25) if drill else (4, 5)
    many = athletes * activities * 10
    limits = RateLimits(overall_quarter=many, overall_day=many, read_quarter=many, read_day=many)
    chance = random.Random(3)
    async with predictor(tmp_path, limits=limits) as running:
        here = running.here
        people = {
            str(1000 + number): await here.athlete(10, telegram_id=str(1000 + number)) for number in range(athletes)
        }
        for athlete_id, _ in people.values():
            await running.visit(athlete_id)
        await running.passes(hours=3)
        before, storm = here.reads(), []
        for member, (_, strava_id) in people.items():
            for activity_id in here.simulator.generate_activities(strava_id, activities, days=5):
                here.simulator.edit_activity(activity_id, sport_type="Run")
                storm += [(member, strava_id, activity_id, aspect) for aspect in ("create", *("update",) * 3)] * 3
        chance.shuffle(storm)
        for each in storm:
            await running.tell(*each)
        await running.passes(hours=2)
        reads = here.reads() - before
        unread = 0
        for athlete_id, _ in people.values():
            rows = await here.activities(athlete_id)
            assert len(rows) == 10 + activities
            unread += sum(row.read_at is None for row in rows.values())
    figure(
        f"W3: {len(storm)} hints about {athletes * activities} activities of {athletes} athletes cost {reads} reads, "
        f"{unread} activities unread"
    )
    assert unread == 0
    assert reads <= athletes * activities + athletes
