from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from predictor_service.athletes.store import AthleteStore
from servicekit.data.database import Database
from tests.predictor.support import INTERNAL, Predictor, assert_problem


async def test_a_connection_creates_the_athlete_and_triggers_a_sync(predictor: Predictor, database: Database):
    answer = await predictor.connected("123456", 12345)
    assert answer.status_code == 200
    assert answer.json() == {"status": "sync_triggered", "user_id": answer.json()["user_id"]}
    with database.reading() as session:
        athlete = AthleteStore(session).by_telegram_id("123456")
    assert athlete is not None
    assert athlete.id == UUID(answer.json()["user_id"])
    assert athlete.strava_athlete_id == 12345


async def test_the_same_notice_again_says_the_same(predictor: Predictor):
    first, second = await predictor.connected("123456", 12345), await predictor.connected("123456", 12345)
    assert first.content == second.content


async def test_notices_at_once_make_one_athlete(predictor: Predictor):
    answers = await asyncio.gather(*(predictor.connected("123456", 12345) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


async def test_a_strava_athlete_belongs_to_whom_it_was_announced_for_last(predictor: Predictor, database: Database):
    await predictor.connected("111", 12345)
    await predictor.connected("222", 12345)
    with database.reading() as session:
        store = AthleteStore(session)
        first, holder = store.by_telegram_id("111"), store.by_strava_id(12345)
    assert first is not None
    assert first.strava_athlete_id is None
    assert holder is not None
    assert holder.telegram_id == "222"


@pytest.mark.parametrize(
    "telegram_id",
    ["1_000", " 42", "42 ", "42\n", "\uff14\uff12", "+7", "-1", "0", "007", "", "9" * 20, "9" * 10_240, 42, None, 4.2],
)
async def test_a_telegram_id_has_no_aliases(predictor: Predictor, telegram_id: object):
    body = {"telegram_id": telegram_id, "athlete_id": 12345}
    answer = await predictor.http.post(f"{INTERNAL}/strava/connected", json=body)
    assert_problem(answer, 422, "validation_failed")


@pytest.mark.parametrize("athlete_id", [0, -1, 2**63, "x", None, 1.5, "12345", True, [12345]])
async def test_an_athlete_id_is_a_positive_64_bit_integer(predictor: Predictor, athlete_id: object):
    body = {"telegram_id": "42", "athlete_id": athlete_id}
    answer = await predictor.http.post(f"{INTERNAL}/strava/connected", json=body)
    assert_problem(answer, 422, "validation_failed")


async def test_a_field_nobody_knows_is_refused_by_name(predictor: Predictor):
    body = {"telegram_id": "42", "athlete_id": 12345, "athlet": 1}
    problem = assert_problem(
        await predictor.http.post(f"{INTERNAL}/strava/connected", json=body), 422, "validation_failed"
    )
    assert problem["errors"][0]["field"] == "athlet"


async def test_a_body_that_is_no_json_is_a_400(predictor: Predictor):
    headers = {"Content-Type": "application/json"}
    answer = await predictor.http.post(f"{INTERNAL}/strava/connected", content=b"{", headers=headers)
    assert_problem(answer, 400, "malformed_body")
