from __future__ import annotations

import asyncio

import httpx
import pytest

from predictor_service.parts import assemble
from predictor_service.settings import Settings
from servicekit.base.clock import utc_now
from servicekit.web.server import listen
from servicekit.web.sight_port import seen


@pytest.mark.system
async def test_a_worker_tells_what_it_does_to_whoever_connects(settings: Settings):
    parts, listener = assemble(settings, now=utc_now), listen("127.0.0.1")
    url = "http://{}:{}".format(*listener.getsockname()[:2])
    async with seen(parts, listener), httpx.AsyncClient(base_url=url, trust_env=False, timeout=240) as watching:
        working = asyncio.create_task(parts.work())
        async with asyncio.timeout(60):
            while 'job_runs_total{job="retention",outcome="done"} 1.0' not in (text := await metrics(watching)):  # noqa: ASYNC110 - a condition
                await asyncio.sleep(0.05)
        ready = (await watching.get("/health/ready")).json()
        elsewhere = await watching.get("/api/v1/internal/profile")
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    for figure in (
        "strava_quota_limit",
        "jobs_oldest_ready_seconds",
        "event_loop_lag_seconds",
        "process_cpu_seconds_total",
    ):
        assert figure in text
    assert ready["status"] == "ok"
    assert elsewhere.status_code == 404


async def metrics(watching: httpx.AsyncClient) -> str:
    return (await watching.get("/metrics")).text
