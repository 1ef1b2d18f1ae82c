"""T8: half an hour without Strava costs few probes, an honest answer at once, and is forgotten a minute later."""

from __future__ import annotations

import random
from pathlib import Path

from tests.drills.reporting import DRILL, report
from tests.drills.vault_world import LIFE_S, new_world

ATHLETES = 1_000 if DRILL else 40
OUTAGE_S = 1_800
STEP_S = 10


async def test_half_an_hour_without_strava(tmp_path: Path):
    world, rng = new_world(tmp_path), random.Random(8)
    members = range(1_000, 1_000 + ATHLETES)
    async with world.running() as ayda:
        for member in members:
            await ayda.connect(member)
        world.clock.advance(LIFE_S)
        world.strava.down, before = True, world.strava.refreshes()
        answers, silent = set(), 0
        for _ in range(OUTAGE_S // STEP_S):
            for member in rng.sample(members, k=5):
                answer = await ayda.token(member)
                answers.add((answer.status_code, answer.json()["code"]))
                silent += int(answer.headers.get("retry-after", "0")) < 1
            world.clock.advance(STEP_S)
        probes = world.strava.refreshes() - before
        world.strava.down = False
        world.clock.advance(60)
        back = {(await ayda.token(member)).status_code for member in members}
        states = {(await ayda.status(member))["state"] for member in members}
    report("T8", athletes=ATHLETES, outage_s=OUTAGE_S, probes=probes, without_retry_after=silent, back=back)
    assert answers == {(503, "strava_unavailable")}
    assert silent == 0
    assert probes <= 60
    assert back == {200}
    assert states == {"connected"}
