"""J2: the predictor is away for an hour while many connect: it hears of each soon after, and of nothing stale."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from predictor_service.athletes.models import Athlete
from tests.drills.both_services import Both, both_services
from tests.drills.reporting import DRILL, report

PEOPLE = 500 if DRILL else 20
FIRST = 4_000_000_000
AWAY_S = 3600.0
WITHIN_S = 60.0
STEP_S = 1.0
TELLING = {"notify_connected", "notify_disconnected"}


async def leave(both: Both, member: int) -> None:
    answer = await both.ayda.http.post("/api/v1/strava/disconnect", headers=both.ayda.as_member(member))
    assert answer.status_code == 200, answer.text


async def come_and_go(both: Both) -> dict[str, int]:
    """Everybody connects; some change to another athlete and some leave. Who then is connected with which athlete."""
    held = {}
    for number in range(PEOPLE):
        member = FIRST + number
        held[str(member)] = await both.ayda.connect(member)
        both.clock.advance(AWAY_S / PEOPLE)
        if number % 5 in {1, 2}:
            await leave(both, member)
            del held[str(member)]
        if number % 5 == 1:
            held[str(member)] = await both.ayda.connect(member)
    return held


def told(session: Session) -> dict[str, int]:
    """With which athlete the predictor knows whom to be connected."""
    known = select(Athlete.telegram_id, Athlete.strava_athlete_id).where(Athlete.strava_athlete_id.is_not(None))
    return {telegram_id: athlete_id for telegram_id, athlete_id in session.execute(known) if athlete_id is not None}


async def idle(both: Both) -> None:
    """Returns when no notice is due, so that the clock may go on: how long a machine takes is another matter."""
    async with asyncio.timeout(300):
        while True:
            stats = await both.ayda.queue.stats()
            if not stats.running and not TELLING.intersection(stats.oldest_ready_by_name_s):
                return
            await asyncio.sleep(0.02)


async def test_whoever_connects_while_the_predictor_is_away_is_known_to_it_soon_after_its_return(
    tmp_path: Path,
):
    async with both_services(tmp_path, erasures_file=tmp_path / "ayda.erasures") as both:
        both.to_predictor.away = True
        held = await come_and_go(both)
        await idle(both)
        assert await both.parts.database.read(told) == {}
        both.to_predictor.away = False
        waited_s = 0.0
        while (known := await both.parts.database.read(told)) != held and waited_s <= 2 * WITHIN_S:
            both.clock.advance(STEP_S)
            waited_s += STEP_S
            await idle(both)
        both.clock.advance(2 * WITHIN_S)
        await idle(both)
        after, dead = await both.parts.database.read(told), await both.ayda.queue.dead()
        stats = await both.parts.queue.stats()
    report("J2", people=PEOPLE, connected=len(held), known=len(known), known_after_s=waited_s, dead=len(dead))
    assert known == after == held
    assert waited_s <= WITHIN_S
    assert dead == []
    assert stats.by_name.get("sync_athlete", 0) == len(held), "each is to be read once"
