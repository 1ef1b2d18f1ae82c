"""How right predictions were is the member's to know, and the predictor's to tell of."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.ayda.support import ACCURACY, KEY_IN, MEMBER, OTHER, OUTING, Ayda, assert_problem, problem

COMPARED = "/api/internal/outings/compared"
PREDICTION_ID = OUTING["prediction_id"]
LINK = f"/api/v1/predictions/{PREDICTION_ID}/outing"
AT_PREDICTOR = f"/api/v1/internal/athletes/{MEMBER}/forecasts/{PREDICTION_ID}/outing"


async def tell(ayda: Ayda, telegram_id: int = MEMBER, **headers: str) -> httpx.Response:
    news = {"telegram_id": str(telegram_id), "outing": OUTING}
    return await ayda.http.post(COMPARED, json=news, headers={"X-API-Key": KEY_IN, **headers})


async def waiting(ayda: Ayda) -> int:
    stats = await ayda.app.litestar.state["parts"].queue.stats()
    return int(stats.by_name.get("tell_member", 0))


async def test_a_member_is_told_of_a_compared_outing(ayda: Ayda):
    await ayda.connect()
    before = await waiting(ayda)
    answer = await tell(ayda)
    assert (answer.status_code, answer.json()) == (200, {"status": "told"})
    assert await waiting(ayda) == before + 1


@pytest.mark.parametrize("telegram_id", [OTHER, 9_999_999_999_999_999_999])
async def test_news_about_somebody_who_is_no_member_is_ignored(ayda: Ayda, telegram_id: int):
    await ayda.connect()
    before = await waiting(ayda)
    assert (await tell(ayda, telegram_id)).json() == {"status": "ignored"}
    assert await waiting(ayda) == before


async def test_news_needs_the_key(ayda: Ayda):
    assert_problem(await tell(ayda, **{"X-API-Key": "wrong"}), 401, "invalid_api_key")


async def test_a_member_reads_how_right_predictions_were(ayda: Ayda):
    answer = await ayda.http.get("/api/v1/accuracy", headers=ayda.as_member())
    assert (answer.status_code, answer.json()) == (200, ACCURACY)


async def test_a_member_links_an_outing_with_their_own_prediction(ayda: Ayda):
    linked: dict[str, Any] = {**ACCURACY, "newest": [{**OUTING, "linked": True}]}
    ayda.predictor.answers["PUT", AT_PREDICTOR] = (200, linked)
    body = {"activity_id": OUTING["activity_id"]}
    answer = await ayda.http.put(LINK, json=body, headers=ayda.as_member())
    assert (answer.status_code, answer.json()) == (200, linked)
    [asked] = ayda.predictor.asked(AT_PREDICTOR)
    assert json.loads(asked.content) == body


async def test_a_refusal_of_the_predictor_reaches_the_member(ayda: Ayda):
    ayda.predictor.answers["PUT", AT_PREDICTOR] = (404, problem(404, "outing_not_found"))
    answer = await ayda.http.put(LINK, json={"activity_id": None}, headers=ayda.as_member())
    assert_problem(answer, 404, "outing_not_found")


async def test_what_is_no_id_names_no_prediction(ayda: Ayda):
    answer = await ayda.http.put("/api/v1/predictions/x/outing", json={"activity_id": None}, headers=ayda.as_member())
    assert_problem(answer, 404, "prediction_not_found")
    assert ayda.predictor.requests == []
