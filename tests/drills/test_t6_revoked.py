"""T6: a revoked athlete costs few calls for ever, is told once, and comes back by connecting again."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from sqlalchemy import text

from tests.ayda.support import Ayda
from tests.drills.reporting import DRILL, report
from tests.drills.vault_world import LIFE_S, new_world

ATHLETES = 1_000 if DRILL else 30
DAYS = 30 if DRILL else 5
A_DAY = -(-ATHLETES // (DAYS - 2))
"""So many are revoked each day, in random phases, and all before the end."""
MOST_CALLS = 3


async def messages(ayda: Ayda) -> list[str]:
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return [str(row[0]) for row in session.execute(text("SELECT args FROM job WHERE name = 'tell_member'"))]


async def test_the_revoked_cost_little_are_told_once_and_come_back(tmp_path: Path):
    world = new_world(tmp_path)
    rng, members = random.Random(6), range(1_000, 1_000 + ATHLETES)
    async with world.running() as ayda:
        athletes = {member: await ayda.connect(member) for member in members}
        revoked, calls = set[int](), Counter[int]()
        for _ in range(DAYS):
            standing = sorted(set(members) - set(revoked))
            today = set(rng.sample(standing, k=min(A_DAY, len(standing))))
            for member in members:
                if member in today:
                    world.simulator.authorizations.revoke_athlete(athletes[member])
                    revoked.add(member)
                for _ in range(rng.randrange(1, 3)):
                    before = world.strava.refreshes()
                    await ayda.token(member, force=str(rng.random() < 0.2))
                    calls[member] += (world.strava.refreshes() - before) * (member in revoked)
            world.clock.advance(4 * LIFE_S)
        before = world.strava.refreshes()
        answers = {(await ayda.token(member, force="1")).status_code for member in revoked}
        after = world.strava.refreshes()
        told = await messages(ayda)
        states = {(await ayda.status(member))["state"] for member in revoked}
        for member in revoked:
            await ayda.connect(member, athletes[member])
        back = {(await ayda.token(member)).status_code for member in revoked}
    report(
        "T6", athletes=ATHLETES, days=DAYS, revoked=len(revoked), messages=len(told), most_calls=max(calls.values()),
        calls_when_known_dead=after - before,
    )  # fmt: skip
    assert len(revoked) == ATHLETES
    assert set(calls) == revoked, "each was found dead by asking"
    assert max(calls.values()) <= MOST_CALLS
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
