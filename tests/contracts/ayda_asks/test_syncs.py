"""What ayda relies on when it tells members how far their Strava is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.contracts.ayda_asks import shapes
from tests.contracts.ayda_asks.refusals import UNAVAILABLE, refused
from tests.contracts.ayda_asks.shapes import LINKED, MEMBER, NOTHING_OF_MEMBER, SYNC_STATUSES, syncing
from tests.contracts.houses import ATHLETE
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter, problem

STATUS = ("GET", "/strava/sync/status")
QUERY = {"athlete_id": str(ATHLETE)}
STATES = [("never", LINKED), *((status, syncing(status)) for status in SYNC_STATUSES)]
READY = f"{LINKED} and has a profile"


@pytest.mark.parametrize(("status", "state"), STATES, ids=[each[0] for each in STATES])
async def test_a_sync_is_told(writer: PactWriter, ayda_at: Open, status: str, state: str):
    exchange = Exchange(f"a sync, {status}", STATUS, 200, shapes.sync_state(status), state=state, query=QUERY)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            told = await ayda.parts.syncs.state(int(MEMBER))
    begun = status not in {"never", "queued"}
    assert (told.status, told.activities_read, told.started_at is not None) == (status, 37 if begun else 0, begun)
    assert told.left_out == ({"typed_in": 1} if status == "success" else {})


async def test_a_sync_tells_that_there_is_a_profile(writer: PactWriter, ayda_at: Open):
    answer = {**shapes.sync_state("never"), "profile_ready": True}
    exchange = Exchange("a sync with a profile", STATUS, 200, answer, state=READY, query=QUERY)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            assert (await ayda.parts.syncs.state(int(MEMBER))).profile_ready


async def test_of_whom_the_predictor_has_not_heard_it_is_queued(writer: PactWriter, ayda_at: Open):
    answer = problem(404, "athlete_not_found")
    exchange = Exchange("the sync of a stranger", STATUS, 404, answer, state=NOTHING_OF_MEMBER, query=QUERY)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            told = await ayda.parts.syncs.state(int(MEMBER))
    assert (told.status, told.athlete_id, told.profile_ready) == ("queued", ATHLETE, False)


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_refused_sync(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"a sync with {why}", STATUS, 0, None, query=QUERY), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.sync_state(ATHLETE))
