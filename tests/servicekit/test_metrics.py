from __future__ import annotations

import asyncio

import structlog

from servicekit.base.metrics import Metrics


async def test_two_apps_in_one_process_do_not_share_their_numbers() -> None:
    first, second = Metrics(), Metrics()
    first.request("GET", "/x", 200, 0.2)
    assert b'path="/x"' in await first.render()
    assert b'path="/x"' not in await second.render()


async def test_a_hook_sets_its_gauge_before_each_reading() -> None:
    metrics = Metrics()
    jobs = metrics.gauge("jobs", "Jobs by state.", ["state"])
    seen = iter([3, 5])

    async def read() -> None:
        jobs.labels("ready").set(next(seen))

    metrics.before_scrape(read)
    assert b'jobs{state="ready"} 3.0' in await metrics.render()
    assert b'jobs{state="ready"} 5.0' in await metrics.render()


async def test_a_hook_that_fails_or_hangs_hides_nothing() -> None:
    metrics = Metrics(hook_timeout_s=0.02)

    async def fails() -> None:
        raise ConnectionError("canary")

    async def hangs() -> None:
        await asyncio.sleep(5)

    metrics.before_scrape(fails)
    metrics.before_scrape(hangs)
    metrics.upstream("strava", "GET /athlete", "2xx", 0.1)
    with structlog.testing.capture_logs() as events:
        text = await metrics.render()
    assert b'upstream_requests_total{endpoint="GET /athlete",outcome="2xx",service="strava"} 1.0' in text
    assert {event["reason"] for event in events} == {"ConnectionError", "TimeoutError"}


async def test_a_hook_that_takes_long_rests_for_fifty_times_as_long() -> None:
    time_s, runs = 0.0, 0
    metrics = Metrics(slow_s=0.2, now_s=lambda: time_s)

    async def counts_a_large_table() -> None:
        nonlocal runs, time_s
        runs += 1
        time_s += 1

    metrics.before_scrape(counts_a_large_table)
    for at_s, before in ((0.0, 1), (49.0, 1), (50.0, 2)):
        time_s = at_s
        await metrics.render()
        assert runs == before
