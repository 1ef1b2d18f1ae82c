"""J10: the primary is killed under load and its standby promoted: nothing acknowledged is lost, and all go on."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from cli.demo.client import Visitor
from cli.demo.stage import Stage
from tests.drills.edge_house import BOT_TOKEN, KEY, SERVERS, EdgeHouse, ServerKind, visiting
from tests.drills.failover_load import Load
from tests.drills.own_pair import OwnPair, own_pair
from tests.drills.reporting import DRILL, report

pytestmark = [
    pytest.mark.system,
    pytest.mark.postgres,
    pytest.mark.skipif(not DRILL, reason="two database servers and half a minute of load: the long form only"),
]

BEFORE_S, AFTER_S = 10.0, 20.0
NOTICED_S = 5.0
"""Until whoever watches over the pair promotes the standby; part of the time to recover."""
BACK_WITHIN_S = 15.0
WORKS_WITHIN_S = 60.0
MEMBERS = 40
"""Each token is refreshed once: a fresh one is not."""
OLD_TOKENS = "UPDATE strava_token SET obtained_at_s = obtained_at_s - 3600"
PLENTY = "1000000"
NO_LIMITS = dict.fromkeys(("overall_quarter", "overall_day", "read_quarter", "read_day"), int(PLENTY))
CHANGES = {
    "ADDRESS_REQUESTS_PER_MINUTE": PLENTY,
    "MEMBER_REQUESTS_PER_MINUTE": PLENTY,
    "MEMBER_PREDICTIONS_PER_DAY": PLENTY,
    "MEMBER_ROUTES_PER_DAY": PLENTY,
}


async def prepare(house: EdgeHouse) -> None:
    async with httpx.AsyncClient(base_url=house.strava.url, trust_env=False) as http:
        # tokens that rotate at once and are lost with an answer of Strava's that nobody got are T1's
        assert (await http.post("/_sim/settings", json={"rotation": "grace"})).status_code == 200
        assert (await http.post("/_sim/limits", json=NO_LIMITS)).status_code == 200


async def fail_over(pair: OwnPair, load: Load) -> float:
    """When the primary was killed. Of the members those who were refreshed before it are left alone after it."""
    everybody = list(load.members)
    load.refreshed[:] = everybody[: MEMBERS // 2]
    asking = asyncio.create_task(load.run())
    await asyncio.sleep(BEFORE_S)
    killed_s = time.monotonic()
    await asyncio.to_thread(pair.kill_primary)
    load.refreshed[:] = everybody[MEMBERS // 2 :]
    await asyncio.sleep(NOTICED_S)
    await asyncio.to_thread(pair.promote)
    await asyncio.sleep(AFTER_S)
    load.over.set()
    await asking
    return killed_s


def column(url: str, query: str) -> set[Any]:
    with psycopg.connect(url) as connection:
        return {value for (value,) in connection.execute(query.encode())}


async def lost_of(load: Load, urls: dict[str, str]) -> dict[str, int]:
    """How many acknowledged things are not there, by kind."""
    ayda, predictor = urls["ayda"], urls["predictor"]
    members, tokens = await load.missing_members(), await load.missing_tokens()
    return {
        "outings": len(load.outings - column(ayda, "SELECT id::text FROM activity")),
        "predictions": len(load.predictions - column(ayda, "SELECT id::text FROM prediction")),
        "ledger": len(load.predictions - column(predictor, "SELECT id::text FROM prediction")),
        "events": len(load.events - column(ayda, "SELECT object_id FROM webhook_event")),
        "hand_outs": len(load.hand_outs - column(ayda, "SELECT request_id FROM token_hand_out")),
        "connections": len(members),
        "tokens": len(tokens),
    }


async def subscription_of(url: str) -> int:
    async with asyncio.timeout(WORKS_WITHIN_S):
        query = "SELECT subscription_id FROM webhook_subscription WHERE subscription_id IS NOT NULL"
        while not (found := column(url, query)):  # noqa: ASYNC110 - a database tells no one
            await asyncio.sleep(0.1)
    return int(found.pop())


async def workers_work(load: Load, url: str) -> float:
    """Seconds until ayda's has passed all events on, and the predictor's has read somebody who has come since."""
    begun_s = time.monotonic()
    async with asyncio.timeout(WORKS_WITHIN_S), visiting(load.house.ayda.url) as http:
        known = set(load.members)
        await load.connect(http)
        (newcomer,) = set(load.members) - known
        while column(url, "SELECT 1 FROM webhook_event WHERE state = 'new'"):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.2)
        while not await has_been_read(load, load.members[newcomer]):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.2)
    return time.monotonic() - begun_s


async def has_been_read(load: Load, athlete_id: int) -> bool:
    state = await load.visitor.sync_state(athlete_id)
    return state is not None and state.last_success_at is not None


@pytest.mark.parametrize("server", SERVERS)
async def test_nothing_acknowledged_is_lost_with_the_primary(tmp_path: Path, server: ServerKind):
    with ExitStack() as stack:
        pair = stack.enter_context(own_pair())
        urls = {service: pair.database(service) for service in ("ayda", "predictor")}
        house = EdgeHouse(tmp_path, server, urls.__getitem__, CHANGES, with_strava=True)
        async with house.running():
            await prepare(house)
            visitor = Visitor(Stage(house.strava.url, house.ayda.url, house.predictor.url, BOT_TOKEN, KEY))
            load = Load(house, visitor, await subscription_of(urls["ayda"]))
            await load.arrive(MEMBERS)
            with psycopg.connect(urls["ayda"]) as connection:
                connection.execute(OLD_TOKENS)
            killed_s = await fail_over(pair, load)
            back_s = load.back_after_s(killed_s)
            works_s = await workers_work(load, urls["ayda"])
            lost = await lost_of(load, urls)
            await visitor.aclose()
            crashes = house.crashes()
    report(
        "J10",
        server=server,
        acknowledged={kind: sum(done for _, done in moments) for kind, moments in load.moments.items()},
        lost=lost,
        back_s={kind: round(seconds, 1) for kind, seconds in back_s.items()},
        told_to_wait=dict(load.told_to_wait),
        cut=dict(load.cut),
        workers_s=round(works_s, 1),
    )
    assert load.wrong == [], "\n".join(crashes)
    assert crashes == []
    assert set(lost.values()) == {0}
    assert all(any(done and when < killed_s for when, done in moments) for moments in load.moments.values())
    assert load.told_to_wait, "the kill was not noticed, so nothing was shown"
    assert max(back_s.values()) <= BACK_WITHIN_S
