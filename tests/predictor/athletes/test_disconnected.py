from __future__ import annotations

from typing import Any

import httpx
import pytest

from predictor_service.athletes.store import AthleteStore
from servicekit.data.database import Database
from tests.predictor import states
from tests.predictor.support import INTERNAL, Predictor, assert_problem

GONE = f"{INTERNAL}/strava/disconnected"


async def disconnected(predictor: Predictor, telegram_id: str = "42", athlete_id: int = 12345) -> httpx.Response:
    return await predictor.http.post(GONE, json={"telegram_id": telegram_id, "athlete_id": athlete_id})


async def test_what_came_from_strava_is_erased_and_counted(predictor: Predictor, database: Database):
    await predictor.connected("42", 12345)
    await states.athlete_has_profile(predictor.app.litestar.state.parts, "42", provenance="strava_api")
    answer = await disconnected(predictor)
    assert answer.status_code == 200
    receipt: dict[str, Any] = answer.json()
    assert receipt["status"] == "erased"
    assert receipt["erased"]["activity"] == states.OUTINGS
    assert receipt["erased"]["profile"] == 1
    assert (await predictor.profile("42")).json()["has_profile"] is False
    with database.reading() as session:
        athlete = AthleteStore(session).by_telegram_id("42")
    assert athlete is not None
    assert athlete.strava_athlete_id is None


async def test_the_athletes_own_files_stay_with_the_profile_they_make(predictor: Predictor):
    await predictor.connected("42", 12345)
    await states.athlete_has_profile(predictor.app.litestar.state.parts, "42", provenance="user_file")
    receipt = (await disconnected(predictor)).json()
    assert receipt["erased"]["activity"] == 0
    assert (await predictor.profile("42")).json()["total_activities"] == states.OUTINGS


async def test_the_second_time_there_is_nothing_to_erase(predictor: Predictor):
    await predictor.connected("42", 12345)
    await disconnected(predictor)
    assert not any((await disconnected(predictor)).json()["erased"].values())


async def test_a_notice_about_another_account_erases_nothing(predictor: Predictor):
    await predictor.connected("42", 12345)
    await states.athlete_has_profile(predictor.app.litestar.state.parts, "42", provenance="strava_api")
    assert (await disconnected(predictor, athlete_id=777)).json() == {"status": "erased", "erased": {}}
    assert (await predictor.profile("42")).json()["has_profile"] is True


async def test_a_stranger_has_nothing_to_erase(predictor: Predictor):
    assert (await disconnected(predictor, telegram_id="7")).json() == {"status": "erased", "erased": {}}


@pytest.mark.parametrize("wrong", [{"telegram_id": "007"}, {"athlete_id": 0}, {"more": 1}])
async def test_a_notice_of_another_shape_is_refused(predictor: Predictor, wrong: dict[str, Any]):
    answer = await predictor.http.post(GONE, json={"telegram_id": "42", "athlete_id": 12345, **wrong})
    assert_problem(answer, 422, "validation_failed")
