"""W6: the subscription heals by itself, with four calls a day at most and however often ayda is started."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import httpx

from ayda_service.settings import Settings
from tests.ayda.support import AYDA_URL, World
from tests.ayda.webhooks.support import OFF, SECRET_PATH, PushSubscriptions, Scene, run_job

STEP_S = 240


async def test_the_subscription_heals_within_four_calls_a_day(
    world: World, settings: Settings, drill: bool, figure: Callable[[str], None]
):
    days, chance = (60 if drill else 3), random.Random(6)
    hooked = replace(settings, webhooks=OFF, strava_api_base="http://strava.test/api/v3")
    scene = Scene(world, hooked, PushSubscriptions(world.strava))
    calls: Counter[object] = Counter()
    longest_start_s = await _from_nothing(scene)
    calls[world.clock.now().date()] = len(scene.strava.calls)
    for _ in range(days):
        async with scene.running() as ayda:
            working = scene.strava.callback
            _break(scene, chance)
            for _ in range(86_400 // STEP_S):
                asked = len(scene.strava.calls)
                await run_job(ayda, "keep_subscription")
                calls[world.clock.now().date()] += len(scene.strava.calls) - asked
                world.clock.advance(STEP_S)
                if chance.random() < 0.02:
                    scene.strava.callback, scene.strava.down = working, False
    figure(
        f"W6: {days} days of trouble with a restart a day: at most {max(calls.values())} calls a day, in order "
        f"{longest_start_s} s after the first working handshake"
    )
    assert max(calls.values()) <= 4
    assert list(scene.strava.held.values()) == [AYDA_URL + SECRET_PATH]
    assert longest_start_s <= 300


async def _from_nothing(scene: Scene) -> int:
    """Seconds from a callback that works again to a subscription in order, after a failed start."""
    async with scene.running() as ayda:
        working, scene.strava.callback = scene.strava.callback, _deaf
        await run_job(ayda, "keep_subscription")
        scene.strava.callback = working
        for waited_s in range(0, 3600, 60):
            await run_job(ayda, "keep_subscription")
            if scene.strava.held:
                return waited_s
            scene.world.clock.advance(60)
    return 3600


def _break(scene: Scene, chance: random.Random) -> None:
    trouble = chance.choice(["gone", "elsewhere", "down", "deaf"])
    if trouble == "gone":
        scene.strava.held.clear()
    elif trouble == "elsewhere":
        scene.strava.held = {9: "https://elsewhere.test/hook"}
    elif trouble == "down":
        scene.strava.down = True
    else:
        scene.strava.held.clear()
        scene.strava.callback = _deaf


async def _deaf(_url: str, _query: dict[str, str]) -> httpx.Response:
    return httpx.Response(502)
