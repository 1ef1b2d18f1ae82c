"""T6: what came from Strava is gone at the predictor seconds after Strava said that a consent has ended."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from sqlalchemy import func, select

from ayda_service.webhooks.consent import PROBE_PAUSE_S
from predictor_service.activities.models import Activity
from tests.ayda.webhooks.support import OFF, deauthorisation, deliver
from tests.drills.both_services import Both, both_services
from tests.drills.reporting import DRILL, report
from tests.drills.test_x10_erasure import predictor_athlete, told

ATHLETES = 100 if DRILL else 5
FIRST = 7_000_000
P99_S = 5.0
WINDOW_S, A_WINDOW = 900, 20


async def activities(both: Both) -> int:
    with both.parts.database.reading() as session:
        return int(session.execute(select(func.count()).select_from(Activity)).scalar_one())


async def test_an_athlete_who_withdrew_at_strava_is_purged_at_the_predictor_in_seconds(tmp_path: Path):
    took_s: list[float] = []
    async with both_services(tmp_path, webhooks=OFF) as both:
        athletes: dict[int, int] = {}
        for number in range(ATHLETES):
            athlete_id = both.simulator.add_athlete(activities=2, seed=number)
            athletes[FIRST + number] = await both.ayda.connect(FIRST + number, athlete_id)
            await told(both, FIRST + number)
            await both.sync(await predictor_athlete(both, FIRST + number))
            if number % A_WINDOW == 0:
                both.clock.advance(WINDOW_S)  # or Strava's limit on reads ends the syncs, and not what is measured
        stored = await activities(both)
        both.clock.advance(PROBE_PAUSE_S)
        refreshes = both.ayda.strava.refreshes()
        for athlete_id in athletes.values():
            before = await activities(both)
            both.simulator.authorizations.revoke_athlete(athlete_id, tell=False)
            begun_s = time.monotonic()
            assert (await deliver(both.ayda, deauthorisation(athlete_id))).status_code == 200
            async with asyncio.timeout(30):
                while await activities(both) == before:  # noqa: ASYNC110 - a plain condition
                    await asyncio.sleep(0.01)
            took_s.append(time.monotonic() - begun_s)
        left, calls = await activities(both), both.ayda.strava.refreshes() - refreshes
        tokens = {(await both.ayda.token(member)).status_code for member in athletes}
    took_s.sort()
    p99_s = took_s[int(len(took_s) * 0.99)]
    report(
        "T6 purge", athletes=ATHLETES, activities=stored, left=left, p99_s=round(p99_s, 2),
        calls_an_athlete=calls / ATHLETES,
    )  # fmt: skip
    assert stored >= ATHLETES
    assert left == 0
    assert tokens == {404}
    assert calls <= 3 * ATHLETES
    assert p99_s < P99_S
