"""On the day, over HTTP: anyone who has an answer asks, without a predictor, and nothing of it is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from ayda_service.settings import Settings
from tests.ayda.support import Ayda, World, assert_problem
from tests.takealong.made import camps, told

REFORECASTS = "/api/v1/reforecasts"


def question(**passed: float) -> dict[str, Any]:
    """What the page makes of an answer: passed times by the number of the checkpoint."""
    prediction, _ = told(checkpoints=camps(4, 20_000))
    answer = msgspec.to_builtins(prediction)
    places = [
        {name: value for name in ("at_m", "eta_s", "stop_s", "cutoff_s") if (value := place[name]) is not None}
        for place in answer["checkpoints"]
    ]
    interval = {name: answer["interval"][f"{name}_s"] for name in ("p10", "p50", "p90")}
    expected = {
        "distance_m": answer["route"]["distance_m"], "gain_m": answer["route"]["gain_m"], "moving_s": interval,
        "finish_s": answer["elapsed_s"], "places": places,
    }  # fmt: skip
    marks = [{"at_m": places[int(name[1:]) - 1]["at_m"], "elapsed_s": after_s} for name, after_s in passed.items()]
    return {"expected": expected, "passed": marks}


async def test_anybody_is_told_what_a_passing_says_of_the_rest(ayda: Ayda):
    asked = question(c2=7_000.0)
    answer = await ayda.http.post(REFORECASTS, json=asked)
    assert answer.status_code == 200
    told_now = answer.json()
    assert [place["at_m"] for place in told_now["ahead"]] == [p["at_m"] for p in asked["expected"]["places"][2:]]
    assert told_now["behind_s"] == pytest.approx(7_000 - asked["expected"]["places"][1]["eta_s"]["p50"], abs=1)
    before, now = asked["expected"]["finish_s"], told_now["finish_s"]
    assert now["p90"] / now["p10"] < before["p90"] / before["p10"]
    assert ayda.predictor.requests == []


async def test_it_needs_neither_predictor_nor_guests(world: World, alone: Settings):
    async with world.running(replace(alone, guest_predictions=False)) as ayda:
        assert (await ayda.http.post(REFORECASTS, json=question(c1=3_000.0))).status_code == 200


async def test_times_that_contradict_each_other_are_said_to(ayda: Ayda):
    problem = assert_problem(
        await ayda.http.post(REFORECASTS, json=question(c1=5_000, c3=4_000)), 422, "passings_disagree"
    )
    assert problem["errors"][0]["field"] == "passed"


@pytest.mark.parametrize(
    "change",
    [
        {"passed": []},
        {"passed": [{"at_m": 100.0, "elapsed_s": 0}]},
        {"passed": [{"at_m": 100.0, "elapsed_s": 60.0, "who": "me"}]},
        {"expected": {}},
        {"telegram_id": "42"},
    ],
)
async def test_what_is_no_question_is_refused(ayda: Ayda, change: dict[str, Any]):
    answer = await ayda.http.post(REFORECASTS, json={**question(c1=3_000.0), **change})
    assert_problem(answer, 422, "validation_failed")


async def test_what_no_answer_has_told_is_refused(ayda: Ayda):
    asked = question(c1=3_000.0)
    asked["expected"]["finish_s"] = {"p10": 9_000, "p50": 8_000, "p90": 7_000}
    problem = assert_problem(await ayda.http.post(REFORECASTS, json=asked), 422, "validation_failed")
    assert problem["errors"][0]["field"] == "expected"
