"""Three uploads at once, however many processes work on them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from kernel.strava.uploads import AT_ONCE
from simulators.strava.application.fault_menu import PlannedFault
from simulators.strava.application.quota import RateLimits
from simulators.strava.web.app import create_app
from tests.ayda.uploads.bench import files, open_bench
from tests.drills.killed_queue import kill, start_process
from tests.drills.upload_worker import quick_queue
from tests.servicekit.strava.support import WallClock
from tests.support_server import LoopbackServer

pytestmark = pytest.mark.system

UPLOADS = 9
PROCESSES = 3


class Door:
    """Before the simulator: how many files are on their way in at once."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._now = 0
        self.most = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        counts = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == "/api/v3/uploads"
        self._now += counts
        self.most = max(self.most, self._now)
        try:
            await self._app(scope, receive, send)
        finally:
            self._now -= counts


async def test_three_processes_together_send_no_more_than_three_files_at_once(database_url: str):
    async with open_bench(database_url, clock=WallClock(datetime.now(UTC))) as bench:
        bench.queue = quick_queue(bench.database)
        bench.simulator.switches.upload_processing_s = 0.2
        bench.simulator.quota.limits = RateLimits(10**6, 10**6, 10**6, 10**6)
        delay = PlannedFault("delay", path="/api/v3/uploads", method="POST", count=10**6, seconds=0.5)
        bench.simulator.faults.order(delay)
        athlete_id = await bench.connect()
        for content in files(UPLOADS):
            await bench.put(content)
        door, most_under_way = Door(create_app(bench.simulator)), 0
        with LoopbackServer(door) as strava:
            arguments = ("tests.drills.upload_worker", database_url, strava.url, "60")
            workers = await asyncio.gather(*(start_process(*arguments) for _ in range(PROCESSES)))
            try:
                async with asyncio.timeout(300):
                    while await bench.count("completed") < UPLOADS:
                        most_under_way = max(most_under_way, await bench.count("processing"))
                        await asyncio.sleep(0.02)
            finally:
                await asyncio.gather(*(kill(worker) for worker in workers))
        assert (most_under_way, door.most) == (AT_ONCE, AT_ONCE)
        assert len(bench.simulator.activities_of(athlete_id)) == UPLOADS
