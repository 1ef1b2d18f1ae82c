from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from predictor_service.events.store import DoubtStore
from servicekit.data.database import Database
from tests.predictor.support import INTERNAL, Predictor, assert_problem

EVENTS = f"{INTERNAL}/strava/events"


def event(**fields: Any) -> dict[str, Any]:
    known = {"event_id": str(uuid4()), "telegram_id": "123456", "athlete_id": 12345, "object_type": "activity"}
    what = {"object_id": 2**53 + 1, "aspect_type": "create", "updates": {}, "event_time": 1_516_126_040}
    return {**known, **what, **fields}


async def test_an_event_is_taken_once_however_often_it_comes(predictor: Predictor, database: Database):
    connected = (await predictor.connected("123456", 12345)).json()
    body = event()
    answers = [await predictor.http.post(EVENTS, json=body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert [answer.json()["status"] for answer in answers] == ["accepted", "duplicate", "duplicate"]
    with database.reading() as session:
        (doubt,) = DoubtStore(session).of(UUID(connected["user_id"]))
    assert doubt.strava_activity_id == 2**53 + 1


@pytest.mark.parametrize("other", [{"telegram_id": "7"}, {"athlete_id": 7}])
async def test_an_event_of_a_stranger_is_ignored(predictor: Predictor, other: dict[str, Any]):
    await predictor.connected("123456", 12345)
    answer = await predictor.http.post(EVENTS, json=event(**other))
    assert (answer.status_code, answer.json()) == (202, {"status": "ignored"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"event_id": "x"},
        {"object_id": 0},
        {"aspect_type": "merge"},
        {"object_type": "athlete"},
        {"more": 1},
        {"updates": 1},
    ],
)
async def test_what_is_no_event_is_refused(predictor: Predictor, wrong: dict[str, Any]):
    assert_problem(await predictor.http.post(EVENTS, json=event(**wrong)), 422, "validation_failed")


async def test_events_need_the_key(predictor: Predictor):
    answer = await predictor.http.post(EVENTS, json=event(), headers={"X-API-Key": "wrong"})
    assert_problem(answer, 401, "invalid_api_key")
