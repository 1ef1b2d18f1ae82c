"""Who is no member sends a course and a question, and is passed the predictor's answer; nothing of it is stored."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from ayda_service.models import Base as AydaBase
from ayda_service.settings import Settings
from predictor_service.models import Base as PredictorBase
from servicekit.web.budgets import Budget, RequestBudgets
from tests.ayda.support import Ayda, World, assert_problem, prediction, problem
from tests.drills.both_services import both_services
from tests.every_row import every_row
from tests.predictor.tracks import gpx
from trackfiles.course import DATA_URI

GUEST = "/api/v1/guest/predictions"
PREDICT = "/api/v1/internal/predict"
RACE = {"race_id": "018f6b2a-0000-7000-8000-000000000001", "distance_id": "018f6b2a-0000-7000-8000-000000000002"}
QUESTION = {"mode": "hiking", "flat_pace": 330, "effort": "easy", "checkpoints": [{"name": "Hütte", "at_m": 900}]}
COURSE = b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<gpx><name>H\xfctte "1"\\</name></gpx>'


async def send(ayda: Ayda, question: Any = QUESTION, course: bytes = COURSE) -> httpx.Response:
    files = {"file": ("course.gpx", course, "application/gpx+xml")}
    return await ayda.http.post(GUEST, files=files, data={"question": json.dumps(question)})


async def test_a_guest_gets_the_predictors_answer_to_their_course(ayda: Ayda):
    answer = await send(ayda)
    assert answer.status_code == 200
    assert answer.json()["elapsed_s"] == prediction()["elapsed_s"]
    (sent,) = ayda.predictor.asked(PREDICT)
    told = json.loads(sent.content)
    assert told.pop("gpx") == '\n<gpx><name>Hütte "1"\\</name></gpx>'
    assert told == {**QUESTION, "flat_pace": 330.0, "checkpoints": [{**told["checkpoints"][0]}]}
    assert "telegram_id" not in told
    assert "idempotency-key" not in sent.headers


async def test_a_guest_names_a_race_of_the_catalogue(ayda: Ayda):
    question = {**RACE, "result": {"distance_m": 10_000.0, "time_s": 3_000.0}}
    assert (await ayda.http.post(GUEST, json=question)).status_code == 200
    (sent,) = ayda.predictor.asked(PREDICT)
    assert json.loads(sent.content) == question


@pytest.mark.parametrize(
    "question",
    [
        {**QUESTION, "telegram_id": "42"},
        {**QUESTION, "gpx_file_id": RACE["race_id"]},
        {**QUESTION, "gpx": "<gpx/>"},
        {**QUESTION, "flat_pace": 1},
        {**QUESTION, "effort": "hard"},
        [],
    ],
)
async def test_a_guest_can_name_nobody_and_nothing_that_is_stored(ayda: Ayda, question: Any):
    assert_problem(await send(ayda, question), 422, "validation_failed")
    assert_problem(await ayda.http.post(GUEST, json=question), 422, "validation_failed")
    assert ayda.predictor.requests == []


async def test_a_file_without_a_question_and_a_form_without_a_file_are_refused(ayda: Ayda):
    files = {"file": ("course.gpx", COURSE, "application/gpx+xml")}
    assert_problem(await ayda.http.post(GUEST, files=files), 400, "malformed_body")
    answer = await ayda.http.post(GUEST, files={"question": (None, b"{}", "application/json")})
    assert_problem(answer, 422, "file_missing")


@pytest.mark.parametrize("course", [b"PK\x03\x04" + b"\x00" * 9, b"\xff\xfe\x00\x00a", b"<gpx>\xff</gpx>"])
async def test_a_file_that_is_no_text_is_refused_here(ayda: Ayda, course: bytes):
    assert_problem(await send(ayda, course=course), 422, "bad_gpx")
    assert ayda.predictor.requests == []


async def test_a_question_is_bounded_and_says_how_long_it_is(ayda: Ayda):
    async def unending() -> Any:
        yield b"{}"

    json_type = {"Content-Type": "application/json"}
    long = await ayda.http.post(GUEST, content=b" " * (257 * 1024), headers=json_type)
    assert_problem(long, 413, "body_too_large")
    assert_problem(await ayda.http.post(GUEST, content=unending(), headers=json_type), 413, "body_too_large")
    files = {"file": ("a.gpx", COURSE, "text/xml"), "question": (None, b" " * (129 * 1024), "application/json")}
    assert_problem(await ayda.http.post(GUEST, files=files), 400, "malformed_body")


@pytest.mark.parametrize(("status", "code"), [(404, "race_not_found"), (422, "bad_gpx"), (422, "no_elevation")])
async def test_what_a_guest_can_mend_is_passed_on(ayda: Ayda, status: int, code: str):
    ayda.predictor.answers["POST", PREDICT] = (status, problem(status, code, "Do something else."))
    assert assert_problem(await send(ayda), status, code)["detail"] == "Do something else."


async def test_a_predictor_that_is_away_is_said_with_the_time_to_come_back(ayda: Ayda):
    ayda.predictor.down = True
    answer = await send(ayda)
    assert_problem(answer, 503, "upstream_unavailable")
    assert int(answer.headers["retry-after"]) >= 1


async def test_where_guests_are_turned_away_they_are_before_their_file_is_taken(world: World, settings: Settings):
    async with world.running(replace(settings, guest_predictions=False)) as ayda:
        assert_problem(await send(ayda), 403, "guests_off")
        assert_problem(await ayda.http.post(GUEST, json=RACE), 403, "guests_off")
        assert (await ayda.http.get("/api/v1/races")).status_code == 200
        assert ayda.predictor.asked(PREDICT) == []


async def test_one_address_asks_so_much_and_members_behind_it_go_on(world: World, settings: Settings):
    few = RequestBudgets(Budget(1_000, 100), Budget(20, 20))
    async with world.running(replace(settings, request_budgets=few)) as ayda:
        codes = [(await send(ayda)).status_code for _ in range(7)]
        assert codes == [200] * 5 + [429] * 2
        assert_problem(await send(ayda), 429, "too_many_requests")
        assert (await ayda.http.get("/api/v1/races")).status_code == 200, "what guests ask is counted apart"
        member = await ayda.http.get("/api/v1/strava/status", headers=ayda.as_member())
        assert member.status_code == 200


async def test_guests_at_one_address_have_so_many_in_a_day_and_members_behind_it_go_on(
    world: World, settings: Settings
):
    async with world.running(replace(settings, guest_predictions_per_day=3)) as ayda:
        assert [(await send(ayda)).status_code for _ in range(2)] == [200] * 2
        plan = await ayda.http.post("/api/v1/guest/plans/plan.csv", json=RACE)
        assert plan.status_code == 200, "each is made of a new prediction"
        answer = await send(ayda)
        told = assert_problem(answer, 429, "daily_limit")
        assert "open the app from Telegram" in told["detail"]
        assert 0 < int(answer.headers["retry-after"]) <= 86_400
        member = await ayda.http.post(GUEST, json=RACE, headers=ayda.as_member())
        assert member.status_code == 200
        ayda.clock.advance(86_400)
        assert (await send(ayda)).status_code == 200


async def test_no_row_of_any_table_of_either_service_changes(tmp_path: Path):
    async with both_services(tmp_path, worker_embedded=False) as both:
        databases = [
            (both.ayda.app.litestar.state.parts.database, AydaBase.metadata),
            (both.parts.database, PredictorBase.metadata),
        ]
        before = [every_row(*one) for one in databases]
        for length_m in (8_000, 100_000):
            course = gpx(length_m=length_m, waypoints={"Hut": 3000.0})
            answer = await send(both.ayda, {"flat_pace": 330, "goal_s": 4_000.0 * length_m / 8_000}, course)
            assert answer.status_code == 200, answer.text
            assert [place["name"] for place in answer.json()["checkpoints"]] == ["Hut"]
            assert len(answer.json()["elevation"]) > 100
        assert [every_row(*one) for one in databases] == before
        spool = both.ayda.app.litestar.state.parts.files
        assert not [path for path in spool._spool._folder.iterdir() if path.name != "in-use"]


async def test_a_course_that_is_packed_goes_on_as_it_came(ayda: Ayda):
    packed = gzip.compress(COURSE)
    assert (await send(ayda, course=packed)).status_code == 200
    (sent,) = ayda.predictor.asked(PREDICT)
    told = json.loads(sent.content)["gpx"]
    assert base64.b64decode(told.removeprefix(DATA_URI.decode())) == packed
