"""W8: an activity whose details come late is read when they are there, and never taken for empty."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from tests.drills.virtual_time import predictor
from tests.predictor.sync.world import MEMBER


async def test_details_that_come_up_to_an_hour_late_are_read(
    tmp_path: Path, drill: bool, figure: Callable[[str], None]
):
    activities, chance = (200 if drill else 12), random.Random(8)
    without, longest_s = [], 0.0
    async with predictor(tmp_path) as running:
        here = running.here
        athlete_id, strava_id = await here.athlete(3)
        await running.visit(athlete_id)
        for _ in range(activities):
            await running.passes(hours=5)
            listed_s, details_s = chance.uniform(5, 3600), chance.uniform(5, 3600)
            announced = here.simulator.standing.new_activity_id() + 1
            await running.tell(MEMBER, strava_id, announced, "create")
            await running.passes(seconds=listed_s)
            assert here.simulator.generate_activities(strava_id, 1, days=5) == [announced]
            here.simulator.edit_activity(announced, started_at=here.clock() - timedelta(hours=2), sport_type="Run")
            here.strip_streams(announced, splits=True)
            await running.passes(seconds=details_s)
            here.restore_streams()
            there = here.clock()
            await running.passes(hours=3)
            row = (await here.activities(athlete_id)).get(announced)
            if row is None or row.features is None or row.read_at is None:
                without.append(announced)
            else:
                longest_s = max(longest_s, (row.read_at - there).total_seconds())
    figure(
        f"W8: {activities} activities listed 5 s to 60 min after their event, details as much later: "
        f"{len(without)} without details, the slowest read {longest_s / 60:.0f} min after they were there"
    )
    assert without == []
