"""W5: forged events change nothing, whatever they claim and however many there are."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ayda_service.webhooks.store import InboxStore
from tests.ayda.support import Ayda
from tests.ayda.webhooks.conftest import Open
from tests.ayda.webhooks.support import (
    BARE_PATH,
    OFF,
    REQUIRE,
    SECRET_PATH,
    VERIFY,
    deauthorisation,
    deliver,
    event,
    run_job,
    told,
)
from tests.drills.virtual_time import predictor
from tests.predictor.sync.world import MEMBER as RUNNER

MODES = {"off": OFF, "verify": VERIFY, "require": REQUIRE}


def forged(chance: random.Random, owner: int) -> dict[str, Any] | bytes:
    """One forged event of any kind, from whoever knows an athlete's id."""
    number = chance.randrange(1, 2**40)
    kinds: list[Callable[[], dict[str, Any] | bytes]] = [
        lambda: event(owner, number, "delete"),
        lambda: event(owner, number, "create", event_time=number % 2**31),
        lambda: deauthorisation(owner, event_time=number % 2**31),
        lambda: event(number, number, "delete"),
        lambda: deauthorisation(number),
        lambda: event(owner, number, subscription_id=1 + number % 50),
        lambda: b"[" * 30_000,
        lambda: b"{" + b'"a":{' * 5_000,
        lambda: json.dumps(event(owner, updates={"title": "x" * 40_000})).encode(),
        lambda: event(owner, 2**64),
    ]
    return chance.choice(kinds)()


@pytest.mark.parametrize("mode", MODES)
async def test_forged_events_neither_end_a_connection_nor_cost_more_than_one_refresh(
    open_ayda: Open, mode: str, drill: bool, figure: Callable[[str], None]
):
    count, chance = (10_000 if drill else 300), random.Random(5)
    async with open_ayda(MODES[mode]) as ayda:
        owner = await ayda.connect()
        ayda.clock.advance(5 * 3600 + 60)
        rejected = await _attack(ayda, owner, count, chance)
        while (await run_job(ayda, "check_consent", owner_id=owner)) is None and await _checks_wait(ayda, owner):
            pass
        await run_job(ayda, "forward_events", owner_id=owner)
        refreshes, notices = ayda.strava.refreshes(), len({each["athlete_id"] for each in told(ayda)})
        assert (await ayda.status())["state"] == "connected"
        assert "notify_disconnected" not in (await ayda.queue.stats()).by_name
        asked_about = {each["athlete_id"] for each in told(ayda)}
    p99 = sorted(rejected)[len(rejected) * 99 // 100] * 1000 if rejected else 0.0
    figure(
        f"W5 {mode}: {count} forged events: connection intact, {refreshes} refreshes, "
        f"notices about {notices} athletes, {len(rejected)} refused with p99 {p99:.1f} ms"
    )
    assert refreshes <= 1
    assert asked_about <= {owner}
    assert not asked_about or mode != "require"


async def _attack(ayda: Ayda, owner: int, count: int, chance: random.Random) -> list[float]:
    """Sends the events, also to the address without a secret; the times of those that were refused."""
    rejected = []
    for number in range(count):
        begun = time.perf_counter()
        secret = "a-secret-of-the-attacker" if number % 3 == 0 else None
        answer = await deliver(ayda, forged(chance, owner), BARE_PATH if number % 2 else SECRET_PATH, secret=secret)
        if answer.status_code >= 400:
            rejected.append(time.perf_counter() - begun)
        assert answer.status_code in {200, 400, 401, 413}
    return rejected


async def _checks_wait(ayda: Ayda, owner: int) -> bool:
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return bool(InboxStore(session).waiting(owner, about_athlete=True, limit=1))


async def test_forged_hints_that_reach_the_predictor_cost_one_list_in_a_window_and_delete_nothing(
    tmp_path: Path, drill: bool, figure: Callable[[str], None]
):
    count, chance = (10_000 if drill else 200), random.Random(6)
    async with predictor(tmp_path) as running:
        here = running.here
        athlete_id, strava_id = await here.athlete(10)
        await running.visit(athlete_id)
        await running.passes(hours=3)
        known = [each.id for each in here.simulator.activities_of(strava_id)]
        reads, begun = here.reads(), here.clock()
        for _ in range(count):
            target = chance.choice([*known, chance.randrange(1, 2**50), chance.randrange(1, 2**50)])
            await running.tell(RUNNER, strava_id, target, chance.choice(["create", "update", "delete"]))
            await running.passes(seconds=20)
        windows = int(here.clock().timestamp() // 900) - int(begun.timestamp() // 900) + 1
        spent = here.reads() - reads
        assert len(await here.activities(athlete_id)) == 10
    figure(f"W5: {count} forged hints in {windows} windows: nothing deleted, {spent} reads")
    assert spent <= windows
