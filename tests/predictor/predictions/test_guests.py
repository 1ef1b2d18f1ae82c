"""Who names nobody is answered from what they say, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from predictor_service.models import Base
from predictor_service.settings import Settings
from servicekit.data.database import Database
from tests.every_row import every_row
from tests.predictor.guests.pasts import made, outing, past
from tests.predictor.predictions.test_predict import RACE_IDS, stored_route
from tests.predictor.support import INTERNAL, Predictor, assert_finite, assert_problem, running
from tests.predictor.tracks import gpx

PACE = {"flat_pace": 330}


async def ask(predictor: Predictor, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    return await predictor.http.post(f"{INTERNAL}/predict", json=body, headers=headers)


async def test_a_guest_gets_what_somebody_unknown_would_and_the_courses_profile(predictor: Predictor):
    route = await stored_route(predictor)
    guest = (await ask(predictor, gpx=gpx().decode(), **PACE)).json()
    unknown = (await predictor.predict(gpx_file_id=route, **PACE)).json()
    profile = guest.pop("elevation")
    assert guest["course"] == {**unknown["course"], "route_id": None}
    same = {"prediction_id": "", "course": None}
    assert {**guest, **same, "elevation": None} == {**unknown, **same}
    assert profile[0][0] == 0
    assert profile[-1][0] == pytest.approx(guest["route"]["distance_m"], abs=0.2)
    assert_finite(profile)


@pytest.mark.parametrize("key", [None, "a-key-of-a-guest"])
@pytest.mark.parametrize("length_m", [8_000, 100_000], ids=["small", "large"])
async def test_nothing_a_guest_sends_changes_a_row(
    predictor: Predictor, database: Database, key: str | None, length_m: float
):
    headers = {} if key is None else {"Idempotency-Key": key}
    before = every_row(database, Base.metadata)
    answers = [
        await ask(predictor, headers, gpx=gpx(length_m=length_m, waypoints={"Hut": 3000.0}).decode(), **PACE),
        await ask(predictor, headers, **RACE_IDS, **PACE, start_at="2026-06-13T06:00:00Z", goal_s=18_000),
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert every_row(database, Base.metadata) == before


async def test_a_race_somebody_ran_stands_in_for_their_pace(predictor: Predictor):
    fast, slow = [
        (await ask(predictor, **RACE_IDS, result={"distance_m": 10_000, "time_s": time_s})).json()
        for time_s in (2_400, 3_600)
    ]
    assert fast["times_s"]["moderate"] < slow["times_s"]["moderate"]


async def test_a_guest_who_says_nothing_of_their_pace_is_asked_for_it(predictor: Predictor):
    problem = assert_problem(await ask(predictor, **RACE_IDS), 422, "pace_needed")
    assert "flat_pace" in problem["detail"]


@pytest.mark.parametrize(
    "stated",
    [
        {**PACE, "result": {"distance_m": 10_000, "time_s": 3_000}},
        {"result": {"distance_m": 10_000, "time_s": 60}},
        {"result": {"distance_m": 999, "time_s": 600}},
        {"result": {"distance_m": 10_000}},
        {"result": {"distance_m": 10_000, "time_s": 3_000, "name": "x"}},
        {**PACE, "start_at": "0001-01-01T00:00:00+14:00"},
    ],
)
async def test_what_a_guest_cannot_mean_is_a_422(predictor: Predictor, stated: dict[str, Any]):
    assert_problem(await ask(predictor, **RACE_IDS, **stated), 422, "validation_failed")


async def test_a_course_is_named_in_one_way_by_guests_too(predictor: Predictor):
    assert_problem(await ask(predictor, **PACE), 422, "ambiguous_route")
    assert_problem(await ask(predictor, gpx="<gpx/>", **RACE_IDS, **PACE), 422, "ambiguous_route")


async def test_a_guest_with_a_past_gets_what_a_member_of_that_past_gets(predictor: Predictor):
    for day in range(6):
        assert (await predictor.upload_activity(outing(day))).status_code == 201
    sealed = (await made(predictor, past(6)))["sealed"]
    member = (await predictor.predict(**RACE_IDS, goal_s=30_000)).json()
    guest = (await ask(predictor, **RACE_IDS, goal_s=30_000, profile=sealed)).json()
    assert guest["personalized"] is True
    assert guest["profile_stats"]["total_activities"] == 6
    assert_finite(guest)
    own = {"prediction_id": "", "elevation": None}
    assert {**guest, **own} == {**member, **own}


async def test_a_past_of_runs_says_nothing_of_hikes_but_a_pace_does(predictor: Predictor):
    sealed = (await made(predictor, past(3)))["sealed"]
    assert_problem(await ask(predictor, **RACE_IDS, profile=sealed, mode="hiking"), 422, "pace_needed")
    told = (await ask(predictor, **RACE_IDS, profile=sealed, mode="hiking", flat_pace=800)).json()
    assert told["personalized"] is False
    assert told["profile_stats"] is None


async def test_a_past_goes_along_with_a_long_course_too(predictor: Predictor):
    sealed = (await made(predictor, past(3)))["sealed"]
    told = (await ask(predictor, gpx=gpx(length_m=100_000).decode(), profile=sealed)).json()
    assert told["personalized"] is True


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda sealed: sealed[:-9] + "A" * 9, "bad_guest_profile"),
        (lambda _sealed: "v1.k1.00000000.AAAA", "bad_guest_profile"),
        (lambda _sealed: "x", "bad_guest_profile"),
        (lambda sealed: sealed + "A" * 64_000, "validation_failed"),
        (lambda _sealed: "", "validation_failed"),
        (lambda _sealed: 1, "validation_failed"),
    ],
)
async def test_a_changed_past_is_refused(predictor: Predictor, change: Callable[[str], Any], code: str):
    sealed = (await made(predictor, outing(0)))["sealed"]
    problem = assert_problem(await ask(predictor, **RACE_IDS, **PACE, profile=change(sealed)), 422, code)
    assert [each["field"] for each in problem["errors"]] == ["profile"]
    assert sealed not in str(problem)


async def test_a_past_that_is_out_of_date_is_asked_for_again(settings: Settings, now: datetime):
    moment = [now]
    async with running(settings, lambda: moment[0]) as predictor:
        profile = await made(predictor, outing(0))
        moment[0] = datetime.fromisoformat(profile["expires_at"])
        answer = await ask(predictor, **RACE_IDS, **PACE, profile=profile["sealed"])
        assert "again" in assert_problem(answer, 422, "guest_profile_expired")["detail"]


async def test_a_member_has_a_past_here_and_sends_none_along(predictor: Predictor):
    sealed = (await made(predictor, outing(0)))["sealed"]
    problem = assert_problem(await predictor.predict(**RACE_IDS, profile=sealed), 422, "validation_failed")
    assert [each["field"] for each in problem["errors"]] == ["profile"]


async def test_asking_with_a_past_changes_no_row(predictor: Predictor, database: Database):
    sealed = (await made(predictor, past(3)))["sealed"]
    before = every_row(database, Base.metadata)
    assert (await ask(predictor, **RACE_IDS, profile=sealed)).status_code == 200
    assert every_row(database, Base.metadata) == before
