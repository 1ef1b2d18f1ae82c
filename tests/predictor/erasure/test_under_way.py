"""What was under way when an athlete was erased brings nobody back, and who comes back is a new one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from kernel.contracts.prediction import PredictRequest
from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import ErasedMeanwhile
from predictor_service.predictions.service import Asked
from servicekit.data.database import Database
from tests.predictor import states
from tests.predictor.support import GPX_TYPE, INTERNAL, Predictor, assert_problem
from tests.predictor.tracks import gpx

MEMBER, OTHER = "279058397", "424242"
BEFORE, AFTER = UUID(int=7), UUID(int=8)
ATHLETE = f"{INTERNAL}/athletes/{MEMBER}"


def is_there(database: Database) -> bool:
    with database.reading() as session:
        return AthleteStore(session).by_telegram_id(MEMBER) is not None


async def announce(predictor: Predictor, member_id: UUID) -> str:
    body = {"telegram_id": MEMBER, "athlete_id": 7, "member_id": str(member_id)}
    answer = await predictor.http.post(f"{INTERNAL}/strava/connected", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["status"])


async def test_a_late_notice_brings_back_nobody_and_a_new_one_does(predictor: Predictor, database: Database):
    assert await announce(predictor, BEFORE) == "sync_triggered"
    await predictor.http.delete(ATHLETE, params={"member_id": str(BEFORE)})
    assert await announce(predictor, BEFORE) == "erased"
    assert not is_there(database)
    assert await announce(predictor, AFTER) == "sync_triggered"
    assert is_there(database)


@pytest.mark.parametrize("known", [True, False], ids=["somebody known", "somebody new"])
async def test_a_file_that_began_to_arrive_before_the_erasure_is_not_kept(
    predictor: Predictor, database: Database, *, known: bool
):
    if known:
        await predictor.connected(MEMBER, 7)
    recording, gate = gpx(pace_s_per_km=400), asyncio.Event()
    begun = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        begun.set()
        yield recording[:100]
        await gate.wait()
        yield recording[100:]

    query = {"telegram_id": MEMBER, "sport": "trail_run"}
    sending = asyncio.create_task(
        predictor.http.post(f"{INTERNAL}/activities", content=body(), params=query, headers=GPX_TYPE)
    )
    await begun.wait()
    if not known:
        await predictor.connected(MEMBER, 7)
    await predictor.http.delete(ATHLETE)
    gate.set()
    assert_problem(await sending, 503, "erased_meanwhile")
    assert not is_there(database)
    again = await predictor.upload_activity(recording, MEMBER, sport="trail_run")
    assert again.status_code == 201


async def test_a_forecast_made_of_what_was_erased_meanwhile_is_neither_given_nor_kept(
    predictor: Predictor, database: Database
):
    parts = predictor.parts
    await states.athlete_has_profile(parts, MEMBER, provenance="strava_api")
    made = await parts.predictions.predict(Asked(PredictRequest(telegram_id=MEMBER, gpx=gpx().decode())), MEMBER)
    with database.transaction() as session:
        athlete = AthleteStore(session).by_telegram_id(MEMBER)
        assert athlete is not None
        parts.erasure.forget_strava(session, athlete.id)
    with pytest.raises(ErasedMeanwhile), database.transaction() as session:
        parts.predictions.record(session, made)


async def test_an_answer_about_somebody_unknown_is_kept_without_their_id(predictor: Predictor):
    body = {"gpx": gpx().decode()}
    first = await predictor.predict(headers={"Idempotency-Key": "k"}, **body, telegram_id=OTHER)
    assert first.status_code == 200
    exported = (await predictor.http.get(f"{INTERNAL}/athletes/{OTHER}/export")).json()
    assert exported["tables"] == {}
    second = await predictor.predict(headers={"Idempotency-Key": "k"}, **body, telegram_id=OTHER)
    assert second.content == first.content
