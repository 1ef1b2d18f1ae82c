from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.event import listen, remove

from predictor_service.events.service import MOST_AWAITED
from predictor_service.events.store import DoubtStore
from servicekit.data.database import Database
from tests.predictor.support import INTERNAL, Predictor, assert_problem

EVENTS = f"{INTERNAL}/strava/events"


@contextmanager
def breaking(predictor: Predictor, statement: str) -> Iterator[None]:
    """Statements that begin so fail."""

    def fail(*told: Any) -> None:
        if told[2].startswith(statement):
            raise LookupError("broken off")

    engine = predictor.parts.database.engine
    listen(engine, "before_cursor_execute", fail)
    yield
    remove(engine, "before_cursor_execute", fail)


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


BATCH = f"{EVENTS}/batch"


async def results(predictor: Predictor, *events: Any) -> list[Any]:
    answer = await predictor.http.post(BATCH, json={"events": list(events)})
    assert answer.status_code == 202, answer.text
    told: list[Any] = answer.json()["results"]
    return told


async def test_a_batch_says_of_each_event_what_became_of_it(predictor: Predictor, database: Database):
    connected = (await predictor.connected("123456", 12345)).json()
    taken, twice = event(), event(object_id=8)
    foreign, broken = event(telegram_id="7"), event(aspect_type="merge")
    told = await results(predictor, taken, twice, twice, foreign, broken, "no event", taken)
    assert [each["status"] for each in told] == [
        *("accepted", "accepted", "duplicate", "ignored", "refused", "refused", "duplicate")
    ]
    assert [each["event_id"] for each in told[:5]] == [
        each["event_id"] for each in (taken, twice, twice, foreign, broken)
    ]
    assert (told[4]["code"], told[5]["event_id"]) == ("validation_failed", "")
    assert "aspect_type" in told[4]["detail"]
    with database.reading() as session:
        doubts = DoubtStore(session).of(UUID(connected["user_id"]))
    assert {each.strava_activity_id for each in doubts} == {taken["object_id"], 8}
    assert [each["status"] for each in await results(predictor, taken, event(object_id=9))] == ["duplicate", "accepted"]


async def test_of_one_athlete_no_more_is_awaited_however_many_come_at_once(predictor: Predictor, database: Database):
    connected = (await predictor.connected("123456", 12345)).json()
    for batch in range(MOST_AWAITED // 100 + 1):
        told = await results(predictor, *(event(object_id=100 * batch + number + 1) for number in range(100)))
        assert {each["status"] for each in told} == {"accepted"}
    with database.reading() as session:
        assert len(DoubtStore(session).of(UUID(connected["user_id"]))) == MOST_AWAITED


@pytest.mark.parametrize("number", [0, 101])
async def test_a_batch_has_one_to_a_hundred_events(predictor: Predictor, number: int):
    answer = await predictor.http.post(BATCH, json={"events": [event()] * number})
    assert_problem(answer, 422, "validation_failed")


async def test_a_hundred_events_cost_few_statements(predictor: Predictor, database: Database):
    for athlete in range(1, 6):
        await predictor.connected(str(athlete), athlete)
    events = [event(telegram_id=str(1 + n % 5), athlete_id=1 + n % 5, object_id=n + 1) for n in range(100)]
    statements: list[str] = []
    listen(predictor.parts.database.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    await results(predictor, *events)
    assert len(statements) <= 60, "twenty events of an athlete cost hardly more than one"


async def test_a_hundred_events_are_one_transaction(predictor: Predictor):
    await predictor.connected("123456", 12345)
    commits: list[object] = []
    listen(predictor.parts.database.engine, "commit", commits.append)
    told = await results(predictor, *(event(object_id=number + 1) for number in range(100)))
    assert {each["status"] for each in told} == {"accepted"}
    assert len(commits) == 1


async def test_a_batch_that_breaks_off_has_taken_nothing_and_is_taken_whole_when_it_comes_again(
    predictor: Predictor, database: Database
):
    connected = (await predictor.connected("123456", 12345)).json()
    events = [event(object_id=number + 1) for number in range(20)]
    with breaking(predictor, "INSERT INTO strava_doubt"):
        answer = await predictor.http.post(BATCH, json={"events": events})
    assert answer.status_code >= 500
    with database.reading() as session:
        assert DoubtStore(session).of(UUID(connected["user_id"])) == []
    assert {each["status"] for each in await results(predictor, *events)} == {"accepted"}
