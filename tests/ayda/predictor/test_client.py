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


async def test_a_stored_course_can_be_read(client: PredictorClient, predictor: FakePredictor):
    predictor.answers["GET", f"/api/v1/internal/routes/{ROUTE['id']}"] = (200, ROUTE)
    assert (await client.route(str(ROUTE["id"]))).facts.distance_m == 21690


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
