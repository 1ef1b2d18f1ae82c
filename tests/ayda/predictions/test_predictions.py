from __future__ import annotations

import json
from typing import Any

import pytest

from ayda_service.settings import Settings
from tests.ayda.support import (
    FACTS,
    KEY_OUT,
    MEMBER,
    OTHER,
    PROFILE,
    ROUTE,
    Ayda,
    World,
    assert_problem,
    prediction,
    problem,
)

PREDICT = "/api/v1/internal/predict"
ROUTES = "/api/v1/internal/routes"
GPX = b'<?xml version="1.0"?><gpx version="1.1"/>'
LIMIT = 50 * 1024 * 1024
ASKED = {"gpx_file_id": ROUTE["id"]}


async def predict(ayda: Ayda, telegram_id: int = MEMBER, body: Any = ASKED, **headers: str) -> Any:
    return await ayda.http.post("/api/v1/predictions", json=body, headers=ayda.as_member(telegram_id, **headers))


async def upload(ayda: Ayda, content: bytes, **headers: str) -> Any:
    fields = ayda.as_member(**{"Content-Type": "application/gpx+xml", **headers})
    return await ayda.http.post("/api/v1/routes", content=content, headers=fields)


async def test_a_member_gets_the_predictors_answer(ayda: Ayda):
    answer = await predict(ayda, body={**ASKED, "mode": "hiking", "flat_pace": 330})
    assert answer.status_code == 201
    expected = {name: value for name, value in prediction().items() if name != "a_field_of_next_year"}
    assert answer.json() == expected
    (sent,) = ayda.predictor.asked(PREDICT)
    told = json.loads(sent.content)
    assert told == {"telegram_id": str(MEMBER), **ASKED, "mode": "hiking", "flat_pace": 330}
    assert isinstance(told["telegram_id"], str)
    assert sent.headers["x-api-key"] == KEY_OUT
    assert sent.headers["x-request-id"] == answer.headers["x-request-id"]
    assert int(sent.headers["x-deadline-ms"]) > 0


async def test_effort_goal_and_fade_reach_the_predictor(ayda: Ayda):
    wanted = {"effort": "easy", "goal_s": 18_000.0, "fade": 0.05, "start_at": "2026-06-13T06:00:00Z"}
    assert (await predict(ayda, body={**ASKED, **wanted})).status_code == 201
    (sent,) = ayda.predictor.asked(PREDICT)
    assert json.loads(sent.content) == {"telegram_id": str(MEMBER), **ASKED, **wanted}


async def test_an_earlier_prediction_is_shown_again_without_asking(ayda: Ayda):
    given = (await predict(ayda)).json()
    ayda.predictor.down = True
    again = await ayda.http.get(f"/api/v1/predictions/{given['prediction_id']}", headers=ayda.as_member())
    assert again.json() == given


async def test_a_prediction_of_someone_else_does_not_exist(ayda: Ayda):
    given = (await predict(ayda, OTHER)).json()
    answer = await ayda.http.get(f"/api/v1/predictions/{given['prediction_id']}", headers=ayda.as_member(MEMBER))
    assert_problem(answer, 404, "prediction_not_found")


@pytest.mark.parametrize("prediction_id", ["no-uuid", "018f6b2a-0000-7000-8000-00000000dead", "%00", "1" * 500])
async def test_a_prediction_nobody_made_does_not_exist(ayda: Ayda, prediction_id: str):
    answer = await ayda.http.get(f"/api/v1/predictions/{prediction_id}", headers=ayda.as_member())
    assert_problem(answer, 404, "prediction_not_found")


async def test_the_same_answer_twice_is_kept_once(ayda: Ayda):
    assert (await predict(ayda)).status_code == (await predict(ayda)).status_code == 201


async def test_an_idempotency_key_is_passed_on_as_the_members_own(ayda: Ayda):
    for member in (MEMBER, MEMBER, OTHER):
        await predict(ayda, member, **{"Idempotency-Key": "one"})
    first, second, other = (request.headers["idempotency-key"] for request in ayda.predictor.asked(PREDICT))
    assert first == second
    assert other != first
    assert first != "one"


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "route_not_found"), (404, "race_not_found"), (422, "ambiguous_route"), (409, "idempotency_conflict")],
)
async def test_a_refusal_a_member_can_act_on_is_passed_on(ayda: Ayda, status: int, code: str):
    ayda.predictor.answers["POST", PREDICT] = (status, problem(status, code, "Do something else."))
    assert assert_problem(await predict(ayda), status, code)["detail"] == "Do something else."


async def test_the_fields_of_a_refusal_are_passed_on(ayda: Ayda):
    told = problem(422, "validation_failed") | {"errors": [{"field": "flat_pace", "message": "Too fast."}]}
    ayda.predictor.answers["POST", PREDICT] = (422, told)
    assert assert_problem(await predict(ayda), 422, "validation_failed")["errors"] == told["errors"]


@pytest.mark.parametrize("status", [401, 403, 418])
async def test_a_quarrel_between_the_services_is_not_the_members_business(ayda: Ayda, status: int):
    ayda.predictor.answers["POST", PREDICT] = (status, problem(status, "invalid_api_key"))
    answer = await predict(ayda)
    assert_problem(answer, 502, "upstream_refused")
    assert "api_key" not in answer.json()["code"]


async def test_a_predictor_that_is_down_is_said_with_the_time_to_come_back(ayda: Ayda):
    ayda.predictor.down = True
    for answer in (
        await predict(ayda),
        await upload(ayda, GPX),
        await ayda.http.get("/api/v1/profile", headers=ayda.as_member()),
    ):
        assert_problem(answer, 503, "upstream_unavailable")
        assert int(answer.headers["retry-after"]) >= 1


async def test_a_predictor_without_a_place_left_is_busy_here_too_and_asked_once(ayda: Ayda):
    ayda.predictor.answers["POST", ROUTES] = (503, problem(503, "busy"))
    ayda.predictor.answers["POST", PREDICT] = (503, problem(503, "busy"))
    for answer in [await upload(ayda, GPX) for _ in range(6)]:  # more than open the breaker
        assert_problem(answer, 503, "busy")
        assert int(answer.headers["retry-after"]) >= 1
    assert len(ayda.predictor.asked(ROUTES)) == 6
    assert_problem(await predict(ayda), 503, "busy")


async def test_an_answer_of_another_shape_is_a_bad_gateway(ayda: Ayda):
    ayda.predictor.answers["POST", PREDICT] = (200, {"times": {}})
    assert_problem(await predict(ayda), 502, "bad_upstream_response")


async def test_a_prediction_id_that_is_none_is_a_bad_gateway(ayda: Ayda):
    ayda.predictor.answers["POST", PREDICT] = (200, prediction("not-a-uuid"))
    assert_problem(await predict(ayda), 502, "bad_upstream_response")


@pytest.mark.parametrize(
    "body",
    [
        {**ASKED, "telegram_id": "1"},
        {**ASKED, "flat_pace": 1},
        {**ASKED, "flat_pace": "fast"},
        {**ASKED, "mode": "swim"},
        {**ASKED, "checkpoints": [{"name": "", "at_m": 1}]},
        [],
    ],
)
async def test_a_request_of_the_wrong_shape_is_refused_here(ayda: Ayda, body: Any):
    assert_problem(await predict(ayda, body=body), 422, "validation_failed")
    assert ayda.predictor.requests == []


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_is_refused(ayda: Ayda, body: bytes):
    headers = ayda.as_member(**{"Content-Type": "application/json"})
    answer = await ayda.http.post("/api/v1/predictions", content=body, headers=headers)
    assert answer.status_code in {400, 422}


async def test_a_course_is_passed_on_as_it_came(ayda: Ayda):
    answer = await upload(ayda, GPX)
    assert answer.status_code == 201
    assert answer.json() == ROUTE
    (sent,) = ayda.predictor.asked(ROUTES)
    assert sent.content == GPX


async def test_a_course_may_come_as_a_form_field(ayda: Ayda):
    files = {"file": ("hill.gpx", GPX, "application/gpx+xml")}
    answer = await ayda.http.post("/api/v1/routes", files=files, headers=ayda.as_member())
    assert answer.status_code == 201
    assert ayda.predictor.asked(ROUTES)[0].content == GPX


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT + 5 * 1024 * 1024])
async def test_a_file_over_50_megabytes_is_refused_with_the_limit(ayda: Ayda, size: int):
    told = assert_problem(await upload(ayda, b" " * size), 413, "file_too_large")
    assert "50 MiB" in told["detail"]
    files = {"file": ("hill.gpx", b" " * size, "application/gpx+xml")}
    answer = await ayda.http.post("/api/v1/routes", files=files, headers=ayda.as_member())
    assert_problem(answer, 413, "file_too_large")
    assert ayda.predictor.requests == []


async def test_a_file_of_exactly_50_megabytes_is_accepted(ayda: Ayda):
    assert (await upload(ayda, b" " * LIMIT)).status_code == 201


async def test_an_empty_file_is_refused(ayda: Ayda):
    assert_problem(await upload(ayda, b""), 422, "file_missing")


@pytest.mark.parametrize("code", ["bad_gpx", "no_elevation"])
async def test_what_is_wrong_with_a_course_is_passed_on(ayda: Ayda, code: str):
    ayda.predictor.answers["POST", ROUTES] = (422, problem(422, code, "Add elevation."))
    assert assert_problem(await upload(ayda, GPX), 422, code)["detail"] == "Add elevation."


async def test_a_member_sees_the_own_profile(ayda: Ayda):
    answer = await ayda.http.get("/api/v1/profile", params={"type": "hiking"}, headers=ayda.as_member())
    assert answer.status_code == 200
    assert answer.json()["telegram_id"] == PROFILE["telegram_id"]
    (sent,) = ayda.predictor.asked("/api/v1/internal/profile")
    assert dict(sent.url.params) == {"telegram_id": str(MEMBER), "type": "hiking"}


async def test_a_profile_has_one_of_two_types(ayda: Ayda):
    answer = await ayda.http.get("/api/v1/profile", params={"type": "swim"}, headers=ayda.as_member())
    assert_problem(answer, 422, "validation_failed")


async def test_the_race_catalogue_is_public(ayda: Ayda):
    assert (await ayda.http.get("/api/v1/races")).json() == {"races": []}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/routes"),
        ("POST", "/api/v1/predictions"),
        ("GET", "/api/v1/predictions/018f6b2a-0000-7000-8000-000000000001"),
        ("GET", "/api/v1/profile"),
        ("GET", "/api/v1/strava/status"),
    ],
)
async def test_everything_of_a_member_needs_the_member(ayda: Ayda, method: str, path: str):
    answer = await ayda.http.request(method, path, json=ASKED if path.endswith("predictions") else None)
    assert_problem(answer, 401, "invalid_init_data")
    assert ayda.predictor.requests == []


async def test_without_a_predictor_everything_else_works(world: World, alone: Settings):
    async with world.running(alone) as ayda:
        await ayda.connect()
        assert (await ayda.token()).status_code == 200
        for answer in (
            await predict(ayda),
            await upload(ayda, GPX),
            await ayda.http.get("/api/v1/profile", headers=ayda.as_member()),
            await ayda.http.get("/api/v1/races"),
        ):
            assert_problem(answer, 503, "predictor_not_configured")


RACE_COURSE = ("GET", "/api/v1/races/r1/distances/d1")


async def test_a_race_of_the_catalogue_is_shown_with_its_profile_to_anyone(ayda: Ayda):
    course = {"id": "d1", "name": "50 km", "facts": FACTS, "elevation": [[0.0, 1800.0], [21_690.0, 1810.0]]}
    ayda.predictor.answers[RACE_COURSE] = (200, course)
    answer = await ayda.http.get(RACE_COURSE[1])
    assert answer.status_code == 200
    assert answer.json() == course
    ayda.predictor.answers[RACE_COURSE] = (404, problem(404, "race_not_found"))
    assert_problem(await ayda.http.get(RACE_COURSE[1]), 404, "race_not_found")
