"""What ayda relies on when somebody without an account asks."""

from __future__ import annotations

from typing import Any

import pytest

from ayda_service.errors import RefusedByPredictor
from kernel.contracts.guest import GuestQuestion
from kernel.contracts.said import RaceResult
from tests.contracts.ayda_asks import shapes
from tests.contracts.ayda_asks.courses import VARIANTS, WITH_ELEVATION
from tests.contracts.ayda_asks.shapes import Told
from tests.contracts.ayda_asks.test_predictions import PREDICT
from tests.contracts.ayda_asks.test_routes import DISTANCE_ID, RACE_ID
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter, problem

RESULT = {"distance_m": 10_000.0, "time_s": 3_000.0}


async def test_a_guest_sends_a_course_and_a_pace(writer: PactWriter, ayda_at: Open):
    body = {"flat_pace": 330.0, "effort": "easy", "gpx": WITH_ELEVATION}
    answer = shapes.prediction(Told(effort="easy", course=shapes.OF_GPX, guest=True))
    with writer.interaction(Exchange("a guest's prediction for a GPX", PREDICT, 200, answer, body=body)) as url:
        async with ayda_at(url) as ayda:
            question = GuestQuestion(flat_pace=330.0, effort="easy")
            told = await ayda.guests.predict_course(question, ayda.sent(WITH_ELEVATION.encode()))
            assert len(ayda.wire.asked) == 1
    assert not told.personalized
    assert told.elevation is not None
    assert told.elevation[0].distance_m == 0


async def test_a_guest_is_told_what_was_wrong_with_the_file_of_the_course(writer: PactWriter, ayda_at: Open):
    body = {"flat_pace": 330.0, "gpx": VARIANTS}
    of_gpx = {**shapes.OF_GPX, "name": "Hill"}
    answer = shapes.prediction(Told(course=of_gpx, guest=True, warnings=[shapes.OF_VARIANTS]))
    with writer.interaction(
        Exchange("a guest's prediction for a GPX of variants", PREDICT, 200, answer, body=body)
    ) as url:
        async with ayda_at(url) as ayda:
            told = await ayda.guests.predict_course(GuestQuestion(flat_pace=330.0), ayda.sent(VARIANTS.encode()))
    (warning,) = told.warnings
    assert warning.code == "several_courses"
    assert warning.detail["names"] == ["Hill", "Dale"]


async def test_a_guest_names_a_race_and_what_they_ran_before(writer: PactWriter, ayda_at: Open):
    body = {"race_id": RACE_ID, "distance_id": DISTANCE_ID, "result": RESULT}
    answer = shapes.prediction(Told(course=shapes.OF_RACE, guest=True))
    with writer.interaction(Exchange("a guest's prediction for a race", PREDICT, 200, answer, body=body)) as url:
        async with ayda_at(url) as ayda:
            question = GuestQuestion(race_id=RACE_ID, distance_id=DISTANCE_ID, result=RaceResult(**RESULT))
            told = await ayda.guests.predict(question)
    assert told.elevation


FAULTS: list[tuple[str, str, dict[str, Any], tuple[str, ...]]] = [
    ("pace_needed", "without a pace", {}, ("flat_pace",)),
    ("validation_failed", "with a pace and a result", {"flat_pace": 330.0, "result": RESULT}, ("result",)),
]


@pytest.mark.parametrize(("code", "described", "stated", "fields"), FAULTS)
async def test_a_guest_is_told_what_to_say(
    writer: PactWriter, ayda_at: Open, code: str, described: str, stated: dict[str, Any], fields: tuple[str, ...]
):
    body = {"race_id": RACE_ID, "distance_id": DISTANCE_ID, **stated}
    exchange = Exchange(f"a guest's prediction {described}", PREDICT, 422, problem(422, code, *fields), body=body)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            given = {**stated, "result": RaceResult(**RESULT)} if "result" in stated else stated
            with pytest.raises(RefusedByPredictor) as refusal:
                await ayda.guests.predict(GuestQuestion(race_id=RACE_ID, distance_id=DISTANCE_ID, **given))
    assert refusal.value.problem.code == code
