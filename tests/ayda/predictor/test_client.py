from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from ayda_service.predictor.client import PredictorClient
from servicekit.http.client import ApiClient
from servicekit.http.errors import UpstreamRefused, UpstreamUnavailable
from tests.ayda.support import PROFILE, ROUTE, FakePredictor, problem


@pytest.fixture
def predictor() -> FakePredictor:
    return FakePredictor()


@pytest.fixture
async def client(predictor: FakePredictor) -> AsyncIterator[PredictorClient]:
    api = ApiClient("http://predictor.test", "predictor", transport=predictor, internal=True, retry_delays_s=())
    yield PredictorClient(api)
    await api.close()


async def test_many_profiles_are_one_request(client: PredictorClient, predictor: FakePredictor):
    profiles = await client.profiles(["1", "2"], "trail_run", purpose="matching")
    assert [profile.telegram_id for profile in profiles] == [PROFILE["telegram_id"]]
    (sent,) = predictor.requests
    assert json.loads(sent.content) == {"telegram_ids": ["1", "2"], "type": "trail_run", "purpose": "matching"}


async def test_a_course_is_asked_about_once_for_many(client: PredictorClient, predictor: FakePredictor):
    row = {"telegram_id": "1", "has_profile": False, "shareable": False, "reason": "no_profile"}
    figures = dict.fromkeys(("log_time_s", "log_time_sd", "climb", "descent"))
    predictor.answers["POST", "/api/v1/internal/distributions"] = (200, {"distributions": [{**row, **figures}]})
    [told] = await client.distributions("a-route", ["1"], "hiking")
    assert (told.telegram_id, told.log_time_s) == ("1", None)
    (sent,) = predictor.requests
    assert json.loads(sent.content) == {
        "telegram_ids": ["1"], "purpose": "matching", "route_id": "a-route", "gpx_file_id": None, "type": "hiking"
    }  # fmt: skip


async def test_a_stored_course_can_be_read(client: PredictorClient, predictor: FakePredictor):
    predictor.answers["GET", f"/api/v1/internal/routes/{ROUTE['id']}"] = (200, ROUTE)
    assert (await client.route(str(ROUTE["id"]))).facts.distance_m == 21690


async def test_where_a_course_runs_can_be_read(client: PredictorClient, predictor: FakePredictor):
    track = {"id": ROUTE["id"], "name": None, "elevation": [[0, 800]], "points": [[43.0, 77.0, 800.0, 0.0]]}
    predictor.answers["GET", f"/api/v1/internal/routes/{ROUTE['id']}/track"] = (200, track)
    assert (await client.track(str(ROUTE["id"]))).points[0].lon_deg == 77.0


async def test_the_profile_of_a_race_can_be_read(client: PredictorClient, predictor: FakePredictor):
    course = {"id": "d", "name": "31 km", "facts": ROUTE["facts"], "elevation": [[0, 585]]}
    predictor.answers["GET", "/api/v1/races/r/distances/d"] = (200, course)
    assert (await client.race_course("r", "d")).elevation[0].elevation_m == 585


async def test_a_refusal_carries_the_predictors_problem(client: PredictorClient, predictor: FakePredictor):
    predictor.answers["GET", "/api/v1/internal/profile"] = (422, problem(422, "validation_failed"))
    with pytest.raises(UpstreamRefused) as refused:
        await client.profile("1", "trail_run")
    assert refused.value.problem is not None
    assert refused.value.problem.code == "validation_failed"


async def test_an_outage_is_unavailable(client: PredictorClient, predictor: FakePredictor):
    predictor.down = True
    with pytest.raises(UpstreamUnavailable):
        await client.races()
