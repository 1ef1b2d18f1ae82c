from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from predictor_service.predictions.models import LedgerEntry
from predictor_service.races.catalogue import CATALOGUE
from predictor_service.settings import Settings
from servicekit.data.database import Database
from tests.predictor.support import INTERNAL, Predictor, assert_problem, running
from tests.predictor.tracks import gpx

RACE = CATALOGUE[0]
PREDICT = {
    "telegram_id": "42",
    "race_id": str(RACE.id),
    "distance_id": str(RACE.distance_id(RACE.distances[0])),
}
KEYED = {"Idempotency-Key": "one-key"}


async def ask(predictor: Predictor, what: str, *, other: bool = False, **headers: str) -> httpx.Response:
    """One changing request of each kind, or the same with another content."""
    keyed = {**KEYED, **headers}
    if what == "connected":
        return await predictor.connected("42", 2 if other else 1, **keyed)
    if what == "predict":
        return await predictor.predict(headers=keyed, **{**PREDICT, "mode": "hiking" if other else "trail_run"})
    file = gpx(pace_s_per_km=420 if other else 400)
    if what == "routes":
        return await predictor.upload_route(file, **keyed)
    return await predictor.upload_activity(file, headers=keyed, sport="run")


KINDS = ["connected", "predict", "routes", "activities"]


@pytest.mark.parametrize("what", KINDS)
async def test_the_same_key_and_content_get_the_same_answer(predictor: Predictor, what: str):
    first, again = await ask(predictor, what), await ask(predictor, what)
    assert first.is_success, first.text
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]


@pytest.mark.parametrize("what", KINDS)
async def test_another_content_under_the_same_key_is_a_409(predictor: Predictor, what: str):
    await ask(predictor, what)
    assert_problem(await ask(predictor, what, other=True), 409, "idempotency_conflict")


async def test_requests_at_once_have_one_effect(predictor: Predictor, database: Database):
    answers = await asyncio.gather(*(ask(predictor, "predict") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    with database.reading() as session:
        assert len(all_entries(session)) == 1


def all_entries(session: Session) -> list[LedgerEntry]:
    return list(session.scalars(select(LedgerEntry)))


async def test_without_a_key_every_prediction_counts(predictor: Predictor, database: Database):
    first, second = await predictor.predict(**PREDICT), await predictor.predict(**PREDICT)
    assert first.json()["prediction_id"] != second.json()["prediction_id"]
    with database.reading() as session:
        assert len(all_entries(session)) == 2


async def test_a_key_of_one_endpoint_means_nothing_at_another(predictor: Predictor):
    assert (await ask(predictor, "routes")).status_code == 201
    assert (await ask(predictor, "predict")).status_code == 200


async def test_a_request_that_failed_leaves_its_key_unused(predictor: Predictor):
    refused = await predictor.upload_route(b"<html/>", **KEYED)
    assert_problem(refused, 422, "bad_gpx")
    assert (await predictor.upload_route(gpx(), **KEYED)).status_code == 201


async def test_an_answer_is_remembered_for_a_day(settings: Settings, now: datetime):
    clock = [now]
    async with running(settings, lambda: clock[0]) as predictor:
        first = await ask(predictor, "predict")
        clock[0] += timedelta(hours=23)
        assert (await ask(predictor, "predict")).content == first.content
        clock[0] += timedelta(hours=2)
        assert (await ask(predictor, "predict")).content != first.content


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9".encode()])
async def test_a_key_is_short_plain_text(predictor: Predictor, key: str | bytes):
    headers = {"Idempotency-Key": key}
    answer = await predictor.http.post(f"{INTERNAL}/predict", json=PREDICT, headers=headers)  # type: ignore[arg-type]
    assert_problem(answer, 422, "validation_failed")
