"""Forecasts that are written down together: each before it is given out, and none in another one's place."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event, select

from kernel.contracts.prediction import PredictRequest
from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import ErasedMeanwhile
from predictor_service.predictions import courses
from predictor_service.predictions.models import LedgerEntry
from predictor_service.predictions.recording import Recording
from predictor_service.predictions.service import Asked
from servicekit.data.database import Database
from tests.predictor import states
from tests.predictor.support import INTERNAL, Predictor
from tests.predictor.tracks import gpx

MANY = 12


def recorded(database: Database) -> set[str]:
    with database.reading() as session:
        return {str(each) for each in session.scalars(select(LedgerEntry.id))}


async def test_whoever_has_a_forecast_finds_it_in_the_ledger(predictor: Predictor, database: Database):
    route = (await predictor.upload_route(gpx())).json()["id"]

    async def ask() -> str:
        answer = await predictor.predict(gpx_file_id=route)
        prediction_id: str = answer.json()["prediction_id"]
        assert prediction_id in await asyncio.to_thread(recorded, database)
        return prediction_id

    ids = await asyncio.gather(*(ask() for _ in range(MANY)))
    assert len(set(ids)) == MANY
    assert recorded(database) == set(ids)


async def test_those_who_ask_at_once_share_a_commit(predictor: Predictor, database: Database):
    service, asked = predictor.parts.predictions, Asked(PredictRequest(telegram_id="42", gpx=gpx().decode()))
    made = [await service.predict(asked, "42") for _ in range(MANY)]
    commits: list[object] = []
    event.listen(database.engine, "commit", commits.append)
    recording = Recording(database)
    given = await asyncio.gather(*(recording.recorded(each) for each in made))
    await recording.close()
    assert [each.prediction_id for each in given] == [each.prediction_id for each, _, _ in made]
    assert recorded(database) == {each.prediction_id for each in given}
    assert len(commits) == 1


async def test_of_whom_something_was_erased_meanwhile_nobody_else_hears(predictor: Predictor, database: Database):
    parts = predictor.parts
    for member in ("42", "43"):
        await states.athlete_has_profile(parts, member, provenance="strava_api")
    course = gpx().decode()
    erased, other = [
        await parts.predictions.predict(Asked(PredictRequest(telegram_id=member, gpx=course)), member)
        for member in ("42", "43")
    ]
    with database.transaction() as session:
        athlete = AthleteStore(session).by_telegram_id("42")
        assert athlete is not None
        parts.erasure.forget_strava(session, athlete.id)
    recording = Recording(database)
    first, second = await asyncio.gather(recording.recorded(erased), recording.recorded(other), return_exceptions=True)
    await recording.close()
    assert isinstance(first, ErasedMeanwhile)
    assert second == other[0]
    assert recorded(database) == {other[0].prediction_id}


@pytest.mark.parametrize("mode", ["trail_run", "hiking"])
async def test_what_is_kept_of_a_course_in_memory_changes_no_answer(predictor: Predictor, mode: str):
    route = (await predictor.upload_route(gpx())).json()["id"]
    first, again = [(await predictor.predict(gpx_file_id=route, mode=mode)).json() for _ in range(2)]
    assert {**first, "prediction_id": ""} == {**again, "prediction_id": ""}


async def test_no_course_is_kept_in_memory_once_a_member_was_erased(predictor: Predictor):
    route = (await predictor.upload_route(gpx())).json()["id"]
    await predictor.predict(gpx_file_id=route)
    assert courses.course_of.cache_info().currsize
    answer = await predictor.http.delete(f"{INTERNAL}/athletes/42")
    assert answer.is_success
    assert [each.cache_info().currsize for each in (courses.course_of, courses.recognised_by)] == [0, 0]
