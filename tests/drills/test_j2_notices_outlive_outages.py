"""J2: members connect, change and leave while the predictor is away; a minute after it is back it knows all of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Final

from sqlalchemy import select

from predictor_service.athletes.models import Athlete
from tests.drills.both_services import Both, both_services
from tests.drills.reporting import DRILL, report

MEMBERS: Final = 500 if DRILL else 20
FIRST: Final = 5_000_000_000
OUTAGE_S: Final = 3600.0
STEP_S: Final = 1.0
BREAKER_S: Final = 6.0
"""For so long whoever asks may still be told that nobody is there, by the clock of the machine."""
TOLD_WITHIN_S: Final = 60.0
WITHIN_S: Final = 300.0
CONNECTED: Final = "/api/v1/internal/strava/connected"
NOTICES: Final = frozenset({"notify_connected", "notify_disconnected", "erase_at_predictor"})


async def rested(both: Both) -> None:
    """Returns when ayda's worker has done whatever is due."""
    async with asyncio.timeout(WITHIN_S):
        while (stats := await both.ayda.queue.stats()).running or stats.ready:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def waiting(both: Both) -> int:
    """How many notices are on their way."""
    by_name = (await both.ayda.queue.stats()).by_name
    return sum(by_name.get(name, 0) for name in NOTICES)


async def an_hour_without(both: Both) -> dict[str, int]:
    """Everybody connects; of ten one changes the athlete then, and another leaves. Who is connected with whom."""
    connected: dict[str, int] = {}
    for number in range(MEMBERS):
        member = FIRST + number
        connected[str(member)] = await both.ayda.connect(member)
        if number % 10 == 1:
            connected[str(member)] = await both.ayda.connect(member)
        if number % 10 == 2:
            headers = both.ayda.as_member(member)
            left = await both.ayda.http.post("/api/v1/strava/disconnect", headers=headers)
            assert left.status_code == 200, left.text
            del connected[str(member)]
        both.clock.advance(OUTAGE_S / MEMBERS)
    await rested(both)
    return connected


async def seconds_until_told(both: Both) -> float:
    """From now until no notice waits, by the clock of the services."""
    healed_s = both.clock.now().timestamp()
    async with asyncio.timeout(WITHIN_S):
        while await waiting(both):
            if both.clock.now().timestamp() < healed_s + BREAKER_S:
                await asyncio.sleep(STEP_S)
            both.clock.advance(STEP_S)
            await rested(both)
    return both.clock.now().timestamp() - healed_s


def known(both: Both) -> dict[str, int]:
    """Who is connected with whom, as the predictor has heard it."""
    held = select(Athlete.telegram_id, Athlete.strava_athlete_id).where(Athlete.strava_athlete_id.is_not(None))
    with both.parts.database.reading() as session:
        return {telegram_id: athlete or 0 for telegram_id, athlete in session.execute(held)}


async def test_whoever_connected_meanwhile_is_known_a_minute_after_it_is_back(tmp_path: Path):
    async with both_services(tmp_path) as both:
        both.to_predictor.down = True
        connected = await an_hour_without(both)
        waited, dead = await waiting(both), await both.ayda.queue.dead(1)
        both.to_predictor.down = False
        told_s = await seconds_until_told(both)
        found = known(both)
        notices = Counter(path for path, _ in both.to_predictor.asked)[CONNECTED]
    report(
        "J2", members=MEMBERS, waited=waited, told_s=round(told_s), notices=notices, lost=len(connected.keys() - found)
    )
    assert waited >= len(connected)
    assert dead == []
    assert found == connected
    assert notices == len(connected), "each is told once, and what was over by then never"
    if DRILL:  # the breaker rests by the machine's clock: on a busy one it refuses when a minute of theirs has passed
        assert told_s <= TOLD_WITHIN_S
