from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from ayda_service.settings import Settings
from ayda_service.webhooks.store import SubscriptionStore
from tests.ayda.support import AYDA_URL, Ayda, World
from tests.ayda.webhooks.support import (
    BARE_PATH,
    OFF,
    SECRET_PATH,
    PushSubscriptions,
    Scene,
    event,
    run_job,
    send,
    states,
)

CALLBACK = AYDA_URL + SECRET_PATH
KEEP = "keep_subscription"
MINUTE_S = 60


@pytest.fixture
def scene(world: World, settings: Settings) -> Scene:
    return Scene(
        world,
        replace(settings, webhooks=OFF, strava_api_base="http://strava.test/api/v3"),
        PushSubscriptions(world.strava),
    )


async def known_id(ayda: Ayda) -> int | None:
    with ayda.app.litestar.state["parts"].database.reading() as session:
        row = SubscriptionStore(session).get()
    assert row is not None
    return row.subscription_id


async def test_a_missing_subscription_is_made_with_a_handshake_and_its_id_is_known(scene: Scene):
    async with scene.running() as ayda:
        await run_job(ayda, KEEP)
        assert list(scene.strava.held.values()) == [CALLBACK]
        assert await known_id(ayda) == next(iter(scene.strava.held))
        assert scene.strava.calls == ["GET", "POST"]


async def test_a_subscription_in_order_is_kept(scene: Scene):
    scene.strava.held = {7: CALLBACK}
    async with scene.running() as ayda:
        await run_job(ayda, KEEP)
        assert await known_id(ayda) == 7
    assert scene.strava.calls == ["GET"]


async def test_a_subscription_of_another_address_is_replaced(scene: Scene):
    scene.strava.held = {7: "https://elsewhere.test/hook"}
    async with scene.running() as ayda:
        await run_job(ayda, KEEP)
    assert list(scene.strava.held.values()) == [CALLBACK]
    assert scene.strava.calls == ["GET", "DELETE", "POST"]


async def test_restarts_ask_nothing_again(scene: Scene):
    for _ in range(20):
        async with scene.running() as ayda:
            await run_job(ayda, KEEP)
    assert scene.strava.calls == ["GET", "POST"]


async def test_a_failed_handshake_is_tried_again_within_five_minutes_and_never_more_than_four_calls_a_day(scene: Scene):
    async with scene.running() as ayda:
        working, scene.strava.callback = scene.strava.callback, _nobody_there
        await run_job(ayda, KEEP)
        assert scene.strava.held == {}
        scene.strava.callback = working
        scene.world.clock.advance(4 * MINUTE_S)
        await run_job(ayda, KEEP)
        assert list(scene.strava.held.values()) == [CALLBACK]
        assert len(scene.strava.calls) <= 4


async def test_however_long_the_callback_was_away_the_subscription_is_made_within_a_minute_of_its_return(scene: Scene):
    for _ in range(6):
        async with scene.running() as ayda:
            working, scene.strava.callback = scene.strava.callback, _nobody_there
            for _ in range(100):
                await run_job(ayda, KEEP)
                scene.world.clock.advance(MINUTE_S)
            assert scene.strava.held == {}
            assert len(scene.strava.calls) <= 3, "the last one is kept"
            scene.strava.callback = working
    async with scene.running() as ayda:
        await run_job(ayda, KEEP)
    assert list(scene.strava.held.values()) == [CALLBACK]


async def test_where_the_callback_never_answers_from_here_the_subscription_is_made_all_the_same(scene: Scene):
    async with scene.running() as ayda:
        scene.strava.hairpin = False
        for _ in range(6):
            await run_job(ayda, KEEP)
            scene.world.clock.advance(MINUTE_S)
    assert list(scene.strava.held.values()) == [CALLBACK]
    assert scene.strava.calls == ["GET", "POST"]


async def test_an_event_of_another_subscription_at_our_secret_address_makes_ayda_ask(scene: Scene):
    async with scene.running() as ayda:
        athlete_id = await ayda.connect()
        await run_job(ayda, KEEP)
        scene.strava.held = {9: CALLBACK}
        scene.world.clock.advance(2 * 3600)
        await send(ayda, event(athlete_id, subscription_id=9))
        await run_job(ayda, KEEP)
        assert await known_id(ayda) == 9
        await send(ayda, event(athlete_id, 5, subscription_id=9))
        assert await states(ayda) == ["new"]


async def test_whatever_such_events_claim_a_call_is_kept_to_put_things_right(scene: Scene):
    async with scene.running() as ayda:
        athlete_id = await ayda.connect()
        for _ in range(40):
            await run_job(ayda, KEEP)
            await send(ayda, event(athlete_id, subscription_id=9))
            await send(ayda, event(athlete_id, subscription_id=9), BARE_PATH)
            scene.world.clock.advance(15 * MINUTE_S)
        assert len(scene.strava.calls) <= 4
        assert scene.strava.calls[:2] == ["GET", "POST"]


async def test_such_an_event_at_the_address_everybody_knows_makes_nobody_ask(scene: Scene):
    async with scene.running() as ayda:
        athlete_id = await ayda.connect()
        await run_job(ayda, KEEP)
        asked = len(scene.strava.calls)
        scene.world.clock.advance(2 * 3600)
        await send(ayda, event(athlete_id, subscription_id=9), BARE_PATH)
        await run_job(ayda, KEEP)
        assert len(scene.strava.calls) == asked


async def _nobody_there(_url: str, _query: dict[str, str]) -> httpx.Response:
    return httpx.Response(502)


@pytest.mark.parametrize("trouble", ["down", "deaf"])
async def test_a_day_of_trouble_costs_four_calls_and_the_next_day_heals(scene: Scene, trouble: str):
    async with scene.running() as ayda:
        working = scene.strava.callback
        scene.strava.down = trouble == "down"
        if trouble == "deaf":
            scene.strava.callback = _nobody_there
        for _ in range(12 * 12 - 1):
            await run_job(ayda, KEEP)
            scene.world.clock.advance(5 * MINUTE_S)
        assert len(scene.strava.calls) <= 4
        scene.strava.down, scene.strava.callback = False, working
        scene.world.clock.advance(12 * 3600)
        await run_job(ayda, KEEP)
        assert list(scene.strava.held.values()) == [CALLBACK]


async def test_a_subscription_that_vanishes_is_back_within_half_a_day(scene: Scene):
    async with scene.running() as ayda:
        await run_job(ayda, KEEP)
        scene.strava.held.clear()
        for _ in range(12):
            scene.world.clock.advance(3600)
            await run_job(ayda, KEEP)
        assert list(scene.strava.held.values()) == [CALLBACK]


async def test_without_a_verify_token_nobody_asks_strava(world: World, settings: Settings):
    async with world.running(settings) as ayda:
        names = {each.name for each in ayda.app.litestar.state["parts"].jobs}
    assert KEEP not in names
