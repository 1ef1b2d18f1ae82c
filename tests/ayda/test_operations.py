from __future__ import annotations

from typing import Any

import pytest

from ayda_service.settings import Settings
from servicekit.data.erasure_list import ErasureList
from tests.ayda.support import KEY_IN, Ayda, World, assert_problem


async def test_a_running_ayda_is_alive_and_ready(world: World, with_worker: Settings):
    async with world.running(with_worker) as ayda:
        assert (await ayda.http.get("/health/live")).json() == {"status": "ok"}
        ready = (await ayda.http.get("/health/ready")).json()
        assert ready["status"] == "ok"
        assert "database" in ready["checks"]


async def test_a_database_that_was_restored_under_a_running_ayda_is_told_of(ayda: Ayda):
    await ayda.connect()
    erasures = ErasureList(*ayda.app.litestar.state["parts"].settings.erasures)
    erasures.add([("person", 4711)], ayda.clock.now())
    ready = (await ayda.http.get("/health/ready")).json()
    assert ready["status"] == "degraded"
    assert "ayda restore check" in ready["degraded"]["erasures"]


async def test_every_address_of_the_interface_is_published(ayda: Ayda):
    document = (await ayda.http.get("/schema/openapi.json")).json()
    published = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert published >= {
        ("GET", "/api/internal/strava/token"),
        ("GET", "/api/v1/strava/auth"),
        ("GET", "/api/v1/strava/callback"),
        ("GET", "/api/v1/strava/status"),
        ("POST", "/api/v1/strava/disconnect"),
        ("POST", "/api/v1/session"),
        ("POST", "/api/v1/routes"),
        ("POST", "/api/v1/predictions"),
        ("GET", "/api/v1/predictions/{prediction_id}"),
        ("GET", "/api/v1/predictions/{prediction_id}/card.png"),
        ("GET", "/api/v1/predictions/{prediction_id}/plan.gpx"),
        ("GET", "/api/v1/predictions/{prediction_id}/plan.csv"),
        ("GET", "/api/v1/predictions/{prediction_id}/course.tcx"),
        ("GET", "/api/v1/predictions/{prediction_id}/crew.html"),
        ("GET", "/api/v1/profile"),
        ("GET", "/api/v1/accuracy"),
        ("GET", "/api/v1/outings"),
        ("PUT", "/api/v1/outings/{outing_id}"),
        ("PUT", "/api/v1/predictions/{prediction_id}/outing"),
        ("POST", "/api/internal/outings/compared"),
        ("GET", "/api/v1/matching"),
        ("PUT", "/api/v1/matching"),
        ("GET", "/api/v1/matches"),
        ("POST", "/api/v1/groups"),
        ("POST", "/api/v1/guest/predictions"),
        ("POST", "/api/v1/guest/plans/{name}"),
        ("POST", "/api/v1/reforecasts"),
        ("POST", "/api/v1/typed"),
        ("POST", "/api/v1/guest/profiles"),
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("PUT", "/api/v1/routes", 405, "method_not_allowed"),
    ],
)
async def test_a_wrong_address_is_a_problem_too(ayda: Ayda, method: str, path: str, status: int, code: str):
    assert_problem(await ayda.http.request(method, path), status, code)


async def test_a_deadline_of_a_service_that_has_passed_is_not_worked_on(ayda: Ayda):
    headers = ayda.as_member(**{"X-Deadline-Ms": "0", "X-API-Key": KEY_IN})
    answer = await ayda.http.post("/api/v1/predictions", json={"gpx_file_id": "x"}, headers=headers)
    assert_problem(answer, 504, "deadline_exceeded")
    assert ayda.predictor.requests == []


@pytest.mark.parametrize("key", [{}, {"X-API-Key": "wrong"}], ids=["no key", "wrong key"])
async def test_nobody_else_sets_a_deadline(ayda: Ayda, key: dict[str, str]):
    headers = ayda.as_member(**{"X-Deadline-Ms": "0", **key})
    answer = await ayda.http.post("/api/v1/predictions", json={"gpx_file_id": "x"}, headers=headers)
    assert answer.status_code == 201
    (sent,) = ayda.predictor.asked("/api/v1/internal/predict")
    assert int(sent.headers["x-deadline-ms"]) > 5000


async def test_measurements_name_nobody(ayda: Ayda):
    athlete_id = await ayda.connect()
    await ayda.token()
    text = (await ayda.http.get("/metrics")).text
    assert "http_requests_total" in text
    assert str(athlete_id) not in text


async def test_answers_about_members_are_framed_by_nobody(ayda: Ayda):
    answer: Any = await ayda.http.get("/api/v1/strava/status", headers=ayda.as_member())
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
