"""T6: a token that dies within the pause that follows connecting ends no connection, and is refreshed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from servicekit.strava.tokens.keeper import REFRESH_PAUSE_S
from tests.ayda.support import MEMBER
from tests.drills.both_services import Both, both_services
from tests.drills.test_x10_erasure import predictor_athlete, told
from tests.predictor.support import assert_problem

RUNS = 3
OUTINGS = 3


async def stands(both: Both, strava_id: int) -> dict[str, object]:
    answer = await both.predictor.get("/strava/sync/status", params={"athlete_id": strava_id})
    return dict(answer.json())


@pytest.mark.parametrize("dies_after_s", [0, REFRESH_PAUSE_S - 1])
async def test_a_token_that_dies_right_after_connecting_is_refreshed_and_the_first_sync_goes_on(
    tmp_path: Path, dies_after_s: int
):
    async with both_services(tmp_path) as both:
        strava_id = both.simulator.add_athlete(activities=OUTINGS, specials=False)
        await both.ayda.connect(MEMBER, strava_id)
        await told(both, MEMBER)
        connected_at = both.clock.now()
        both.clock.advance(dies_after_s)
        both.simulator.authorizations.expire_access(strava_id, both.clock.now().timestamp(), left_s=-1)
        athlete_id = await predictor_athlete(both, MEMBER)
        for _ in range(RUNS):
            await both.sync(athlete_id)
            state = await stands(both, strava_id)
            if state["status"] == "success":
                break
            assert (state["status"], state["code"]) == ("waiting", "strava_refuses_token")
            assert (await both.ayda.status())["state"] == "connected", "what Strava says of a token ends no connection"
            both.clock.advance(REFRESH_PAUSE_S + 1)
        assert state["status"] == "success"
        assert both.clock.now() - connected_at < timedelta(minutes=2)
        assert both.ayda.strava.refreshes() == 1
        assert (await both.ayda.status())["state"] == "connected"


async def test_whoever_waits_meanwhile_is_told_when_to_come_back(tmp_path: Path):
    async with both_services(tmp_path) as both:
        strava_id = both.simulator.add_athlete(activities=OUTINGS, specials=False)
        await both.ayda.connect(MEMBER, strava_id)
        await told(both, MEMBER)
        both.simulator.authorizations.expire_access(strava_id, both.clock.now().timestamp(), left_s=-1)
        asked = await both.predictor.post("/strava/sync", params={"athlete_id": strava_id})
        assert_problem(asked, 503, "strava_refuses_token")
        both.clock.advance(int(asked.headers["Retry-After"]) + 1)
        again = await both.predictor.post("/strava/sync", params={"athlete_id": strava_id})
        assert (again.status_code, again.json()["status"]) == (200, "success")
