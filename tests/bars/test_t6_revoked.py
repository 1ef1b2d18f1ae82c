"""T6: a revoked athlete costs few calls for ever, is told once, and comes back by connecting again."""

from __future__ import annotations

import random
from pathlib import Path

from sqlalchemy import text

from tests.ayda.support import Ayda
from tests.bars.reporting import DRILL, report
from tests.bars.vault_world import LIFE_S, new_world

ATHLETES = 1_000 if DRILL else 30
DAYS = 30 if DRILL else 5


async def messages(ayda: Ayda) -> list[str]:
    async with ayda.app.litestar.state["parts"].database.reading() as session:
        return [str(row[0]) for row in await session.execute(text("SELECT args FROM job WHERE name = 'tell_member'"))]


async def test_the_revoked_cost_little_are_told_once_and_come_back(tmp_path: Path):
    world = new_world(tmp_path)
    rng, members = random.Random(6), range(1_000, 1_000 + ATHLETES)
    async with world.running() as ayda:
        athletes = {member: await ayda.connect(member) for member in members}
        revoked: dict[int, int] = {}
        for _ in range(DAYS * 4):
            for member in rng.sample(sorted(set(members) - set(revoked)), k=min(3, ATHLETES - len(revoked))):
                world.simulator.authorizations.revoke_athlete(athletes[member])
                revoked[member] = world.strava.refreshes()
            for member in members:
                await ayda.token(member, force=str(rng.random() < 0.2))
            world.clock.advance(LIFE_S)
        before = world.strava.refreshes()
        answers = {(await ayda.token(member, force="1")).status_code for member in revoked}
        after = world.strava.refreshes()
        told = await messages(ayda)
        states = {(await ayda.status(member))["state"] for member in revoked}
        for member in revoked:
            await ayda.connect(member, athletes[member])
        back = {(await ayda.token(member)).status_code for member in revoked}
    report("T6", athletes=ATHLETES, revoked=len(revoked), messages=len(told), calls_when_known_dead=after - before)
    assert len(revoked) > ATHLETES / 2
    assert answers == {409}
    assert states == {"reauth_required"}
    assert after == before
    assert len(told) == len(set(told)) == len(revoked)
    assert back == {200}


async def test_a_revocation_costs_at_most_three_calls(tmp_path: Path):
    world = new_world(tmp_path)
    async with world.running() as ayda:
        athlete_id = await ayda.connect()
        for _ in range(4):
            world.clock.advance(LIFE_S)
            await ayda.token()
        before = world.strava.refreshes()
        world.simulator.authorizations.revoke_athlete(athlete_id)
        for _ in range(40):
            world.clock.advance(LIFE_S)
            await ayda.token(force="1")
        assert world.strava.refreshes() - before <= 3
