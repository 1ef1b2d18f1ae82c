from __future__ import annotations

import msgspec
import pytest

from kernel.contracts.problem import Problem
from servicekit.data.migrations import check_drift
from tests.predictor.support import INTERNAL, Predictor, assert_problem


async def test_the_service_says_that_it_lives_and_is_ready(predictor: Predictor):
    for path in ("/health/live", "/health/ready"):
        assert (await predictor.http.get(path)).status_code == 200


async def test_metrics_count_requests_by_template(predictor: Predictor):
    await predictor.profile("31337")
    text = (await predictor.http.get("/metrics")).text
    assert 'path="/api/v1/internal/profile"' in text
    assert "31337" not in text


async def test_the_schema_names_every_endpoint(predictor: Predictor):
    schema = (await predictor.http.get("/schema/openapi.json")).json()
    for path in (
        "strava/connected",
        "predict",
        "profile",
        "profiles/batch",
        "distributions",
        "routes",
        "routes/{route_id}",
        "routes/{route_id}/track",
        "activities",
        "accuracy",
        "athletes/{telegram_id}/accuracy",
        "athletes/{telegram_id}/outings",
        "athletes/{telegram_id}/outings/{outing_id}",
        "athletes/{telegram_id}/forecasts/{prediction_id}/outing",
        "strava/events/batch",
    ):
        assert f"{INTERNAL}/{path}" in schema["paths"], path
    for path in ("/api/v1/races", "/api/v1/races/{race_id}", "/api/v1/races/{race_id}/distances/{distance_id}"):
        assert path in schema["paths"], path


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", "/api/v1/races", 405)])
async def test_what_is_not_there_is_a_problem_too(predictor: Predictor, method: str, path: str, status: int):
    answer = await predictor.http.request(method, path)
    assert answer.status_code == status
    problem = msgspec.json.decode(answer.content, type=Problem)
    assert_problem(answer, status, problem.code)


async def test_the_request_id_of_the_caller_comes_back(predictor: Predictor):
    answer = await predictor.http.get("/api/v1/races", headers={"X-Request-ID": "request-0001"})
    assert answer.headers["x-request-id"] == "request-0001"


async def test_nothing_is_done_past_the_deadline(predictor: Predictor):
    answer = await predictor.http.get("/api/v1/races", headers={"X-Deadline-Ms": "0"})
    assert_problem(answer, 504, "deadline_exceeded")


def test_the_models_and_the_migrations_agree(database_url: str):
    assert check_drift("predictor_service", database_url) == []
