"""A start without an offset is meant at the course, and every answer says on which clock it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from kernel.contracts.prediction import Prediction
from kernel.forecast import Course, Place, Question, ask, forecast_to_wire
from kernel.zones import ZoneNeeded, ZoneUnknown
from tests.kernel.forecast.synthetic import flat_route

ROUTE = flat_route(10_000)
ALMATY = Course(ROUTE, place=Place(43.2, 76.9))
SIX = datetime(2026, 6, 13, 6)  # noqa: DTZ001 - as people write it


def told(course: Course, **asked: object) -> Prediction:
    return forecast_to_wire(ask(course, Question(**asked), None), "")  # type: ignore[arg-type]


def test_a_start_without_an_offset_is_meant_where_the_course_starts():
    prediction = told(ALMATY, start_at=SIX)
    assert prediction.start_at is not None
    assert prediction.start_at.isoformat() == "2026-06-13T06:00:00+05:00"
    assert prediction.time_zone == "Asia/Almaty"
    assert prediction.daylight == told(ALMATY, start_at=datetime(2026, 6, 13, 1, tzinfo=UTC)).daylight


def test_a_start_with_an_offset_is_exact_and_told_on_the_clock_at_the_course():
    prediction = told(ALMATY, start_at=SIX.replace(tzinfo=UTC))
    assert prediction.start_at is not None
    assert prediction.start_at.isoformat() == "2026-06-13T11:00:00+05:00"


def test_a_zone_that_is_named_is_the_clock_of_the_answer():
    prediction = told(ALMATY, start_at=SIX, time_zone="Europe/Zurich")
    assert prediction.start_at is not None
    assert prediction.start_at.astimezone(UTC).hour == 4
    assert prediction.time_zone == "Europe/Zurich"


def test_a_zone_that_was_found_out_before_beats_the_coarse_place():
    assert told(replace(ALMATY, time_zone="Asia/Bishkek"), start_at=SIX).time_zone == "Asia/Bishkek"


def test_a_course_that_lies_nowhere_takes_only_starts_that_say_their_zone():
    nowhere = Course(ROUTE)
    with pytest.raises(ZoneNeeded):
        told(nowhere, start_at=SIX)
    exact = told(nowhere, start_at=SIX.replace(tzinfo=UTC))
    assert (exact.start_at, exact.time_zone) == (SIX.replace(tzinfo=UTC), None)
    assert told(nowhere, start_at=SIX, time_zone="Asia/Seoul").time_zone == "Asia/Seoul"


def test_a_zone_of_no_name_is_refused():
    with pytest.raises(ZoneUnknown, match="Almaty"):
        told(ALMATY, start_at=SIX, time_zone="Almaty")


def test_without_a_start_there_is_no_clock():
    prediction = told(ALMATY)
    assert (prediction.start_at, prediction.time_zone) == (None, None)


def test_a_start_of_long_ago_keeps_its_instant_on_the_wire():
    prediction = told(ALMATY, start_at=datetime(1890, 6, 13, 6))  # noqa: DTZ001 - as written
    again = msgspec.json.decode(msgspec.json.encode(prediction), type=Prediction)
    assert again == prediction


def test_answers_from_before_starts_were_told_are_still_read():
    fields = msgspec.to_builtins(told(ALMATY))
    for name in ("start_at", "time_zone", "course"):
        del fields[name]
    old = msgspec.convert(fields, type=Prediction)
    assert (old.start_at, old.time_zone, old.course) == (None, None, None)
