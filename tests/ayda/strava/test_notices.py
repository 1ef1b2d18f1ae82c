"""The predictor learns of each connection once it can be reached, whatever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from ayda_service.settings import Settings
from ayda_service.strava.jobs import ERASE_AT_PREDICTOR, Connections, Delivery, Notices
from kernel.contracts.connection import StravaConnected, SyncTriggered
from servicekit.http.errors import UpstreamRefused, UpstreamTimeout, UpstreamUnavailable
from servicekit.jobs import Snooze
from tests.ayda.support import KEY_OUT, MEMBER, OTHER, World, eventually, problem

CONNECTED = "/api/v1/internal/strava/connected"


async def test_the_predictor_is_told_of_a_connection(world: World, with_worker: Settings):
    async with world.running(with_worker) as ayda:
        athlete_id = await ayda.connect()
        await eventually(lambda: bool(world.predictor.notices()))
    (notice,) = world.predictor.notices()
    assert notice == {"telegram_id": str(MEMBER), "athlete_id": athlete_id, "member_id": str(UUID(notice["member_id"]))}
    assert world.predictor.asked(CONNECTED)[0].headers["x-api-key"] == KEY_OUT


async def test_an_ayda_killed_between_storing_and_telling_tells_after_its_restart(
    world: World, settings: Settings, with_worker: Settings
):
    async with world.running(settings) as ayda:
        athlete_id = await ayda.connect()
    assert world.predictor.notices() == []
    async with world.running(with_worker):
        await eventually(lambda: bool(world.predictor.notices()))
    (notice,) = world.predictor.notices()
    assert (notice["telegram_id"], notice["athlete_id"]) == (str(MEMBER), athlete_id)


async def test_a_callback_succeeds_while_the_predictor_is_down_and_the_notice_arrives_later(
    world: World, with_worker: Settings
):
    world.predictor.down = True
    async with world.running(with_worker) as ayda:
        await ayda.connect()
        assert (await ayda.status())["state"] == "connected"
        assert (await ayda.token()).status_code == 200
        await eventually(lambda: len(world.predictor.asked(CONNECTED)) >= 1)  # then the breaker spares it
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


async def test_an_outage_costs_no_attempt_and_is_waited_out_for_less_than_a_minute_at_a_time():
    job, _ = Delivery(Moment(1000), Listener(*(UpstreamUnavailable("predictor") for _ in range(200)))).jobs()
    delays = []
    for _ in range(200):
        with pytest.raises(Snooze) as snoozed:
            await job.run(ARGS)
        delays.append(snoozed.value.delay_s)
    assert delays[0] <= 1
    assert delays == sorted(delays)
    assert delays[-1] == 45
    await job.run(ARGS)


async def test_after_an_outage_the_waits_start_small_again():
    down = [UpstreamTimeout("predictor") for _ in range(10)]
    job, _ = Delivery(Moment(1000), Listener(*down)).jobs()
    for _ in down:
        with pytest.raises(Snooze):
            await job.run(ARGS)
    await job.run(ARGS)
    job, _ = Delivery(Moment(1000), Listener(UpstreamUnavailable("predictor", 7.0))).jobs()
    with pytest.raises(Snooze) as snoozed:
        await job.run(ARGS)
    assert snoozed.value.delay_s == 7.0


async def test_a_refusal_costs_attempts():
    job, _ = Delivery(Moment(1000), Listener(UpstreamRefused("predictor", 422))).jobs()
    with pytest.raises(UpstreamRefused):
        await job.run(ARGS)
    assert len(job.retry_delays_s) > 0


async def test_a_predictor_that_refuses_costs_the_member_nothing(world: World, with_worker: Settings):
    world.predictor.answers["POST", CONNECTED] = (401, problem(401, "invalid_api_key"))
    async with world.running(with_worker) as ayda:
        await ayda.connect()
        await eventually(lambda: bool(world.predictor.requests))
        assert (await ayda.status())["state"] == "connected"


class Moment:
    """A connection that holds for so many looks at it."""

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self.taken_back: list[StravaConnected] = []
        self.told_of: list[str] = []

    async def holds(self, telegram_id: str, athlete_id: int) -> bool:
        assert (telegram_id, athlete_id) == (ARGS["telegram_id"], ARGS["athlete_id"])
        self.looks -= 1
        return self.looks >= 0

    async def told(self, telegram_id: str) -> None:
        self.told_of.append(telegram_id)

    async def take_back(self, notice: StravaConnected) -> None:
        self.taken_back.append(notice)


@pytest.mark.parametrize(("looks", "told", "taken_back"), [(0, 0, 0), (1, 1, 1), (2, 1, 0)])
async def test_a_notice_that_is_stale_is_not_delivered_and_one_that_became_so_is_taken_back(
    looks: int, told: int, taken_back: int
):
    listener, truth = Listener(), Moment(looks)
    await Delivery(truth, listener).connected(ARGS)
    assert (len(listener.told), len(truth.taken_back)) == (told, taken_back)


async def test_taking_back_erases_the_connection_or_the_member_who_left(world: World, settings: Settings):
    async with world.running(settings) as ayda:
        athlete_id = await ayda.connect()
        parts = ayda.app.litestar.state["parts"]
        connections = Connections(
            parts.database, Notices(parts.queue, wanted=True), lambda _session, _telegram_id: None
        )
        assert await connections.holds(str(MEMBER), athlete_id)
        assert not await connections.holds(str(MEMBER), athlete_id + 1)
        assert not await connections.holds(str(OTHER), athlete_id)
        await connections.take_back(StravaConnected(str(MEMBER), athlete_id + 1))
        await connections.take_back(StravaConnected(str(OTHER), athlete_id, UUID(int=7)))
        job = next(job for job in parts.jobs if job.name == ERASE_AT_PREDICTOR)
        world.predictor.answers["DELETE", f"/api/v1/internal/athletes/{OTHER}"] = (
            200,
            {"status": "erased", "erased": {}},
        )
        assert (await ayda.queue.stats()).by_name[ERASE_AT_PREDICTOR] == 2
        await job.run({"receipt": None, "person": str(OTHER), "athlete": None, "member": str(UUID(int=7))})
    assert [request.method for request in world.predictor.requests] == ["DELETE"]
    assert world.predictor.requests[0].url.params["member_id"] == str(UUID(int=7))
