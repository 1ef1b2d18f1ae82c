"""A member has so many predictions and courses made between two midnights, and what fails costs nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from ayda_service.budgets.models import DailyUse
from ayda_service.predictions.models import StoredPrediction
from ayda_service.predictions.store import PredictionStore
from ayda_service.settings import MemberBudgets, Settings
from servicekit.data.columns import uuid7
from tests.ayda.predictions.test_predictions import GPX, PREDICT, predict, upload
from tests.ayda.support import OTHER, Ayda, assert_problem, prediction, problem


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, budgets=MemberBudgets(predictions_per_day=2, routes_per_day=2))


def made(ayda: Ayda, number: int) -> None:
    """The predictor's next answer."""
    ayda.predictor.answers["POST", PREDICT] = (200, prediction(str(UUID(int=number))))


def used(ayda: Ayda) -> int:
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return int(session.execute(select(func.sum(DailyUse.used))).scalar_one())


async def test_the_day_ends_at_midnight_and_the_refusal_says_when_to_come_back(ayda: Ayda):
    for number in (1, 2):
        made(ayda, number)
        assert (await predict(ayda)).status_code == 201
    refused = await predict(ayda)
    assert "midnight UTC" in assert_problem(refused, 429, "daily_limit")["detail"]
    wait_s = int(refused.headers["retry-after"])
    assert 0 < wait_s <= 86_400
    assert (await predict(ayda, OTHER)).status_code == 201, "each member has a budget of their own"
    assert len(ayda.predictor.asked(PREDICT)) == 3, "what is refused costs the predictor nothing"
    ayda.clock.advance(wait_s - 1)
    assert_problem(await predict(ayda), 429, "daily_limit")
    ayda.clock.advance(1)
    made(ayda, 3)
    assert (await predict(ayda)).status_code == 201


async def test_what_fails_costs_nothing(ayda: Ayda):
    ayda.predictor.answers["POST", PREDICT] = (404, problem(404, "route_not_found"))
    for _ in range(5):
        assert_problem(await predict(ayda), 404, "route_not_found")
    ayda.predictor.down = True
    for _ in range(3):
        assert_problem(await predict(ayda), 503, "upstream_unavailable")
    assert used(ayda) == 0


async def test_a_repeated_request_of_today_is_answered_when_the_day_is_used_up(ayda: Ayda):
    made(ayda, 1)
    first = await predict(ayda, **{"Idempotency-Key": "one"})
    assert (await predict(ayda, **{"Idempotency-Key": "one"})).content == first.content
    assert used(ayda) == 1
    made(ayda, 2)
    assert (await predict(ayda, **{"Idempotency-Key": "two"})).status_code == 201
    assert_problem(await predict(ayda, **{"Idempotency-Key": "three"}), 429, "daily_limit")
    made(ayda, 1)
    assert (await predict(ayda, **{"Idempotency-Key": "one"})).status_code == 201


async def test_of_many_at_once_exactly_as_many_are_made_as_are_allowed(ayda: Ayda):
    made(ayda, 1)
    answers = await asyncio.gather(*(predict(ayda) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [429] * 6
    assert len(ayda.predictor.asked(PREDICT)) == 2


async def test_courses_have_a_budget_of_their_own(ayda: Ayda):
    assert [(await upload(ayda, GPX)).status_code for _ in range(2)] == [201, 201]
    assert_problem(await upload(ayda, GPX), 429, "daily_limit")
    assert (await predict(ayda)).status_code == 201


async def test_of_a_members_predictions_the_newest_are_kept(ayda: Ayda):
    await predict(ayda)
    with ayda.app.litestar.state["parts"].database.transaction() as session:
        [row] = session.scalars(select(StoredPrediction)).all()
        store, member_id = PredictionStore(session), row.member_id
        for days in range(1, 6):
            at = ayda.clock.now() + timedelta(days=days)
            store.add({"id": uuid7(), "member_id": member_id, "answer": b"{}", "created_at": at, "key_digest": None})
        newest = select(StoredPrediction.created_at).order_by(StoredPrediction.created_at.desc())
        before = list(session.scalars(newest))
        store.trim(member_id, 2)
        assert list(session.scalars(newest)) == before[:2]
