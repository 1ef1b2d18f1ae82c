"""J3: answers of Strava are lost, uploads hang, files are there already: each file is one activity and none fails."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from pathlib import Path

import httpx
import pytest

from kernel.strava.uploads import ALREADY_THERE, POLL_WAITS_S
from simulators.strava.application.quota import RateLimits
from simulators.strava.simulator import Simulator
from tests.ayda.uploads.bench import Bench, files
from tests.drills.reporting import DRILL, tell
from tests.drills.uploads_world import MARKS, SLACK_S, quiet_bench
from trackfiles.gzipped import packed
from trackfiles.outing import digest_of

pytestmark = [getattr(pytest.mark, mark) for mark in MARKS]

UPLOADS = 1000 if DRILL else 40
BATCH = 40
LOST = 0.3
THERE_ALREADY = 0.1
STUCK = 0.05


def trouble(bench: Bench, rng: random.Random) -> Counter[str]:
    """Loses three answers in ten, half of them before Strava sees the request, and makes some uploads hang."""
    met: Counter[str] = Counter()

    def before(request: httpx.Request) -> None:
        switches = bench.simulator.switches
        switches.link_in_duplicate_text = rng.random() < 0.5
        switches.upload_processing_s = 400.0 if rng.random() < STUCK else rng.choice([0.5, 2.0, 8.0])
        if rng.random() < LOST / 2:
            met["request lost"] += 1
            raise httpx.ConnectTimeout("lost on the way", request=request)

    def after(_request: httpx.Request) -> bool:
        lost = rng.random() < LOST / 2 / (1 - LOST / 2)
        met["answer lost"] += lost
        return lost

    bench.road.instead, bench.road.loses = before, after
    return met


def put_there(simulator: Simulator, athlete_id: int, content: bytes, now_s: float) -> None:
    """The athlete has uploaded the file by another way."""
    form = {"data_type": "gpx.gz", "external_id": f"watch-{digest_of(content)}.gpx"}
    simulator.uploads.accept(athlete_id, content, form, now_s)


def polls_by_upload(simulator: Simulator) -> dict[str, list[float]]:
    asked: dict[str, list[float]] = defaultdict(list)
    for entry in simulator.request_log.matching("GET", "/api/v3/uploads/"):
        asked[entry.path].append(entry.at.timestamp())
    return asked


async def test_each_file_is_one_activity_however_many_answers_are_lost(tmp_path: Path):
    rng = random.Random(3)
    async with quiet_bench(tmp_path) as bench:
        simulator, contents = bench.simulator, files(UPLOADS)
        simulator.quota.limits = RateLimits(10**6, 10**6, 10**6, 10**6)
        athlete_id = await bench.connect()
        known = [number for number in range(UPLOADS) if rng.random() < THERE_ALREADY]
        for number in known:
            put_there(simulator, athlete_id, packed(contents[number]), bench.clock.now().timestamp())
        bench.clock.advance(10)
        simulator.settle_uploads()
        met = trouble(bench, rng)
        ids = []
        for number in range(0, UPLOADS, BATCH):
            ids += [await bench.put(content) for content in contents[number : number + BATCH]]
            async with bench.working():
                await bench.until_over(slack_s=SLACK_S)
        rows = await bench.rows()
        there = {activity.id for activity in simulator.activities_of(athlete_id)}
        doubles = len(there) - UPLOADS
        false_failures = sum(row.status != "completed" for row in rows.values())
        wrong_ids = len(there ^ {row.strava_activity_id for row in rows.values()})
        asked = polls_by_upload(simulator)
        gaps = [b - a for times in asked.values() for a, b in itertools.pairwise(times)]
        unsaid = [n for n in known if rows[ids[n]].sent == 1 and rows[ids[n]].error_message != ALREADY_THERE]
        most = max(len(times) for times in asked.values())
        tell(
            f"J3: {UPLOADS} uploads, {met['request lost']} requests and {met['answer lost']} answers lost, "
            f"{len(known)} files there already: {doubles} duplicates, {false_failures} false failures, "
            f"at most {most} questions about one upload, never closer than {min(gaps):.1f} s"
        )
        assert (doubles, false_failures, wrong_ids, unsaid) == (0, 0, 0, [])
        assert min(gaps) >= 1
        assert most <= 3 * len(POLL_WAITS_S)
        assert met["answer lost"] > UPLOADS / 5
