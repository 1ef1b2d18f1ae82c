"""The predictor learns of each connection once it can be reached, whatever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from ayda_service.settings import Settings
from ayda_service.strava.jobs import notify_connected_job
from kernel.contracts.connection import StravaConnected, SyncTriggered
from servicekit.jobs import Snooze
from servicekit.upstream_errors import UpstreamRefused, UpstreamTimeout, UpstreamUnavailable
from tests.ayda.support import KEY_OUT, MEMBER, OTHER, World, eventually, problem

CONNECTED = "/api/v1/internal/strava/connected"


async def test_the_predictor_is_told_of_a_connection(world: World, with_worker: Settings):
    async with world.running(with_worker) as ayda:
        athlete_id = await ayda.connect()
        await eventually(lambda: bool(world.predictor.notices()))
    assert world.predictor.notices() == [{"telegram_id": str(MEMBER), "athlete_id": athlete_id}]
    assert world.predictor.asked(CONNECTED)[0].headers["x-api-key"] == KEY_OUT


async def test_an_ayda_killed_between_storing_and_telling_tells_after_its_restart(
    world: World, settings: Settings, with_worker: Settings
):
    async with world.running(settings) as ayda:
        athlete_id = await ayda.connect()
    assert world.predictor.notices() == []
    async with world.running(with_worker):
        await eventually(lambda: bool(world.predictor.notices()))
    assert world.predictor.notices() == [{"telegram_id": str(MEMBER), "athlete_id": athlete_id}]


async def test_a_callback_succeeds_while_the_predictor_is_down_and_the_notice_arrives_later(
    world: World, with_worker: Settings
):
    world.predictor.down = True
    async with world.running(with_worker) as ayda:
        await ayda.connect()
        assert (await ayda.status())["state"] == "connected"
        assert (await ayda.token()).status_code == 200
        await eventually(lambda: len(world.predictor.asked(CONNECTED)) >= 3)
        world.predictor.down = False
        before = len(world.predictor.requests)
        async with asyncio.timeout(15):
            while len(world.predictor.requests) == before:  # the failed try may still be being written down
                world.clock.advance(60)
                await asyncio.sleep(0.05)


async def test_the_request_id_of_the_callback_reaches_the_predictor(world: World, with_worker: Settings):
    async with world.running(with_worker) as ayda:
        back = await ayda.consent(await ayda.begin(), world.simulator.add_athlete())
        await ayda.http.get(back, headers={"X-Request-ID": "callback-0001"})
        await eventually(lambda: bool(world.predictor.notices()))
    assert world.predictor.asked(CONNECTED)[0].headers["x-request-id"] == "callback-0001"


async def test_a_refused_callback_tells_nobody(world: World, settings: Settings):
    async with world.running(settings) as ayda:
        athlete_id = await ayda.connect(MEMBER)
        queued = (await ayda.queue.stats()).by_name
        await ayda.http.get(await ayda.consent(await ayda.begin(OTHER), athlete_id))
        assert (await ayda.queue.stats()).by_name == queued == {"notify_connected": 1}


async def test_without_a_predictor_there_is_nobody_to_tell(world: World, alone: Settings):
    async with world.running(alone) as ayda:
        await ayda.connect()
        assert (await ayda.status())["state"] == "connected"
        assert (await ayda.queue.stats()).by_name == {}
    assert world.predictor.requests == []


class Listener:
    """Fails as told."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.told: list[StravaConnected] = []

    async def connected(self, notice: StravaConnected) -> SyncTriggered:
        if self.failures:
            raise self.failures.pop(0)
        self.told.append(notice)
        return SyncTriggered("sync_triggered", "u")


ARGS: Mapping[str, Any] = {"telegram_id": str(MEMBER), "athlete_id": 7}


async def test_an_outage_costs_no_attempt_and_is_waited_out_at_most_a_minute_at_a_time():
    job = notify_connected_job(Listener(*(UpstreamUnavailable("predictor") for _ in range(200))))
    delays = []
    for _ in range(200):
        with pytest.raises(Snooze) as snoozed:
            await job.run(ARGS)
        delays.append(snoozed.value.delay_s)
    assert delays[0] <= 1
    assert delays == sorted(delays)
    assert delays[-1] == 60
    await job.run(ARGS)


async def test_after_an_outage_the_waits_start_small_again():
    down = [UpstreamTimeout("predictor") for _ in range(10)]
    job = notify_connected_job(Listener(*down))
    for _ in down:
        with pytest.raises(Snooze):
            await job.run(ARGS)
    await job.run(ARGS)
    job = notify_connected_job(Listener(UpstreamUnavailable("predictor", 7.0)))
    with pytest.raises(Snooze) as snoozed:
        await job.run(ARGS)
    assert snoozed.value.delay_s == 7.0


async def test_a_refusal_costs_attempts():
    job = notify_connected_job(Listener(UpstreamRefused("predictor", 422)))
    with pytest.raises(UpstreamRefused):
        await job.run(ARGS)
    assert len(job.retry_delays_s) > 0


async def test_a_predictor_that_refuses_costs_the_member_nothing(world: World, with_worker: Settings):
    world.predictor.answers["POST", CONNECTED] = (401, problem(401, "invalid_api_key"))
    async with world.running(with_worker) as ayda:
        await ayda.connect()
        await eventually(lambda: bool(world.predictor.requests))
        assert (await ayda.status())["state"] == "connected"
