"""J4: a day without quota and six hours without Strava cost no upload anything, and nobody hammers the door."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kernel.strava.quota import QUARTER_S
from kernel.strava.uploads import AT_ONCE
from simulators.strava.application.fault_menu import PlannedFault
from tests.ayda.uploads.bench import Bench, files
from tests.drills.reporting import DRILL, tell
from tests.drills.uploads_world import MARKS, SLACK_S, quiet_bench

pytestmark = [getattr(pytest.mark, mark) for mark in MARKS]

UPLOADS = 100 if DRILL else 12
MIDNIGHT = datetime(2026, 6, 2, 0, 0, 30, tzinfo=UTC)
DAY = timedelta(days=1)
# the uploads of one process that are under way when trouble begins, each with the question whether it is its own fault
IN_FLIGHT = AT_ONCE * 2


def knocks(bench: Bench, since: datetime, until: datetime) -> Counter[int]:
    """Requests by quarter of an hour, as Strava saw them."""
    quarters = Counter[int]()
    for entry in bench.simulator.request_log.matching(path="/api/v3"):
        if since <= entry.at < until:
            quarters[int(entry.at.timestamp() // QUARTER_S)] += 1
    return quarters


def spend_the_day(bench: Bench) -> None:
    """Others have used up the application's day."""
    limits, now_s = bench.simulator.quota.limits, bench.clock.now().timestamp()
    bench.simulator.quota.set_usage(now_s, overall=(0, limits.overall_day), read=(0, limits.read_day))


async def run_until(bench: Bench, moment: datetime) -> None:
    async with bench.working():
        await bench.until_over(before=moment, slack_s=SLACK_S)
    bench.clock.at = max(bench.clock.at, moment)


async def judge(bench: Bench, name: str, athlete_id: int, seen: Counter[int]) -> None:
    rows = (await bench.rows()).values()
    failed = sum(row.status != "completed" for row in rows)
    attempts = sum(row.retry_count for row in rows)
    first, later = seen.get(min(seen), 0), max([n for quarter, n in seen.items() if quarter > min(seen)], default=0)
    tell(
        f"J4, {name}: {UPLOADS} uploads, {failed} failed, {attempts} attempts consumed, {first} requests in the first "
        f"window, at most {later} in any later one"
    )
    assert (failed, attempts) == (0, 0)
    assert len(bench.simulator.activities_of(athlete_id)) == UPLOADS
    assert first <= IN_FLIGHT
    assert later <= 1


async def test_a_day_without_quota_costs_nothing(tmp_path: Path):
    async with quiet_bench(tmp_path, at=MIDNIGHT) as bench:
        athlete_id = await bench.connect()
        spend_the_day(bench)
        for content in files(UPLOADS):
            await bench.put(content)
        end = MIDNIGHT.replace(second=0) + DAY
        await run_until(bench, end)
        assert await bench.count("completed") == 0
        seen = knocks(bench, MIDNIGHT, end)
        await run_until(bench, end + 7 * DAY)
        await judge(bench, "a day without quota", athlete_id, seen)


@pytest.mark.parametrize("kind", ["html", "reset", "inactive"])
async def test_six_hours_without_strava_cost_nothing(tmp_path: Path, kind: str):
    async with quiet_bench(tmp_path) as bench:
        athlete_id = await bench.connect()
        bench.simulator.faults.order(PlannedFault(kind, path="/api/v3", count=10**9))  # type: ignore[arg-type]
        for content in files(UPLOADS):
            await bench.put(content)
        began, end = bench.clock.now(), bench.clock.now() + timedelta(hours=6)
        await run_until(bench, end)
        assert await bench.count("completed") == 0
        seen = knocks(bench, began, end)
        assert len(seen) >= 23
        bench.simulator.faults.clear()
        await run_until(bench, end + 7 * DAY)
        await judge(bench, f"six hours of {kind}", athlete_id, seen)


async def test_an_upload_waits_out_two_days_and_more(tmp_path: Path):
    """The brief's ladder alone would end after 2 h 36 min."""
    async with quiet_bench(tmp_path, at=MIDNIGHT) as bench:
        await bench.connect()
        upload_id = await bench.put(files(1)[0])
        for day in range(1, 4):
            spend_the_day(bench)
            await run_until(bench, MIDNIGHT.replace(second=0) + day * DAY)
            row = await bench.row(upload_id)
            assert (row.status, row.retry_count) == ("pending", 0)
        await run_until(bench, MIDNIGHT + 4 * DAY)
        assert (await bench.row(upload_id)).status == "completed"
