from __future__ import annotations

import pytest

from tests.predictor import states
from tests.predictor.support import INTERNAL, Predictor

ROUTE = "01931d3e-0000-7000-8000-000000000001"


async def test_the_states_hold_what_their_names_say(predictor: Predictor):
    parts = predictor.app.litestar.state.parts
    for _ in range(2):
        await states.athlete_has_profile(parts, "42")
        await states.route_exists(parts, ROUTE)
    assert (await predictor.predict(gpx_file_id=ROUTE)).json()["personalized"] is True
    assert (await predictor.predict(race_id=states.RACE_ID, distance_id=states.DISTANCE_ID)).status_code == 200
    await states.nothing_known(parts, "42")
    await states.nothing_known(parts, "42")
    assert (await predictor.profile("42")).json()["has_profile"] is False
    assert (await predictor.http.get(f"{INTERNAL}/routes/{ROUTE}")).status_code == 200


@pytest.mark.parametrize("sport", ["hike", "walk"])
async def test_a_hiking_profile_can_be_a_state_too(predictor: Predictor, sport: str):
    await states.athlete_has_profile(predictor.app.litestar.state.parts, "43", sport=sport, provenance="strava_api")
    assert (await predictor.profile("43", type="trail_run")).json()["has_profile"] is False
    hiking = (await predictor.profile("43", type="hiking")).json()
    assert (hiking["has_profile"], hiking["shareable"]) == (True, False)
