"""W7: what no event told of is found by the visits, within a day and within a twentieth of the day's reads."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from predictor_service.sync.plan import SPORTS
from tests.drills.virtual_time import Predictor, predictor

READS_A_DAY: Final = 3000
DROPPED: Final = 0.05
VISIT_EVERY_H: Final = 12


async def test_what_no_event_told_of_is_found_within_a_day(tmp_path: Path, drill: bool, figure: Callable[[str], None]):
    days, athletes, chance = (30, 20, random.Random(7)) if drill else (5, 4, random.Random(7))
    async with predictor(tmp_path) as running:
        here = running.here
        people: dict[str, tuple[UUID, int]] = {}
        for number in range(athletes):
            member = str(1000 + number)
            people[member] = await here.athlete(10, telegram_id=member)
            await running.visit(people[member][0])
        await running.passes(hours=2)
        missed: list[str] = []
        before, extra = here.reads(), 0
        for day in range(days):
            told = day % 3 != 1  # every third day ayda is down
            for member, (_, strava_id) in people.items():
                for activity_id, aspect in _a_day(running, strava_id, chance):
                    extra += aspect == "create"
                    if told and chance.random() >= DROPPED:
                        await running.tell(member, strava_id, activity_id, aspect)
            for _ in range(24 // VISIT_EVERY_H):
                await running.passes(hours=VISIT_EVERY_H - 1)
                for athlete_id, _ in people.values():
                    await running.visit(athlete_id)
                await running.passes(hours=1)
            missed += await _differences(running, people)
        reads = (here.reads() - before - extra) / days
    figure(
        f"W7: {days} days, {athletes} athletes, {DROPPED:.0%} of events dropped and every third day lost: "
        f"{len(missed)} differences after a day, {reads:.0f} reads a day beside one for each new activity "
        f"({reads / READS_A_DAY:.1%} of the quota)"
    )
    assert missed == []
    assert reads <= 0.05 * READS_A_DAY


def _a_day(running: Predictor, strava_id: int, chance: random.Random) -> list[tuple[int, str]]:
    """What happens at Strava on one day: the activities and the aspects of the events about them."""
    simulator, now = running.here.simulator, running.here.clock()
    (activity_id,) = simulator.generate_activities(strava_id, 1, days=5)
    midnight = now.replace(hour=0, minute=0, second=1)
    starts = [now - timedelta(hours=2), midnight, now - timedelta(days=21)]
    simulator.edit_activity(activity_id, started_at=chance.choice(starts), sport_type="TrailRun")
    happened = [(activity_id, "create")]
    known = sorted(each.id for each in simulator.activities_of(strava_id))
    if chance.random() < 0.5:
        gone = chance.choice(known)
        simulator.delete_activity(gone)
        happened.append((gone, "delete"))
        known.remove(gone)
    if chance.random() < 0.5:
        edited = chance.choice(known)
        simulator.edit_activity(edited, sport_type=chance.choice(["Hike", "Ride", "Run"]))
        happened.append((edited, "update"))
    return happened


async def _differences(running: Predictor, people: dict[str, tuple[UUID, int]]) -> list[str]:
    found = []
    for athlete_id, strava_id in people.values():
        stored = {key: row.sport_type for key, row in (await running.here.activities(athlete_id)).items()}
        truth = {each.id: each.sport_type for each in running.here.simulator.activities_of(strava_id)}
        wanted = {key: sport for key, sport in truth.items() if sport in SPORTS}
        found += [f"{key}: {stored.get(key)} for {wanted.get(key)}" for key in stored.keys() ^ wanted.keys()]
        found += [f"{key}: {stored[key]}" for key in stored.keys() & wanted.keys() if stored[key] != wanted[key]]
    return found
