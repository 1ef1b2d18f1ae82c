"""Where and when somebody came by is understood in three languages, or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from languages.passings import SaidPassing, read_passings

START = datetime(2026, 8, 28, 18, 0, tzinfo=ZoneInfo("Europe/Paris"))
NOW = START + timedelta(hours=5)


def read(text: str, start: datetime | None = START) -> SaidPassing:
    return next(iter(read_passings(text, start, NOW)))


@pytest.mark.parametrize(
    "text",
    [
        "CP3 22:40",
        "cp 3 at 22:40",
        "\N{CYRILLIC CAPITAL LETTER KA}П3 в 22:40",
        "CP3: 22:40",
        "22:40 CP3",
        "Checkpoint 3 10:40 pm",
        "체크포인트 3 22:40에",
    ],
)
def test_a_checkpoint_goes_by_its_number_in_every_language(text: str):
    said = read(text)
    assert said.place.number == 3
    assert (said.time.moment, said.time.any_day) == (datetime(2026, 8, 28, 22, 40), True)  # noqa: DTZ001 - on a wall


@pytest.mark.parametrize(
    "text",
    [
        "8.2 1:02:30",
        "8,2 km 1:02:30",
        "8.2км 1:02:30",
        "8200 m 1h2m30s",
        "8.2 +1:02:30",
        "km 8.2: 1:02:30",
        "1:02:30 8.2 km",
    ],
)
def test_a_place_may_be_a_distance_and_a_time_since_the_start(text: str):
    said = read(text)
    assert said.place.at_m == pytest.approx(8200)
    assert said.time.after_s == 3750


@pytest.mark.parametrize("text", ["finish 22:40", "Финиш 22:40", "도착 22:40"])
def test_the_finish_is_a_place(text: str):
    assert read(text).place.finish


def test_a_name_may_be_as_long_as_what_was_written_before_the_time():
    names = [said.place.name for said in read_passings("Lac Blanc hut Sat 02:15", START, NOW)]
    assert names == ["Lac Blanc hut Sat", "Lac Blanc hut"]


def test_a_day_that_is_written_is_meant():
    last = list(read_passings("hut Sat 02:15", START, NOW))[-1]
    assert (last.place.name, last.time.any_day) == ("hut", False)
    assert last.time.moment == datetime(2026, 8, 29, 2, 15)  # noqa: DTZ001 - on a wall


def test_now_is_the_present_on_the_clock_at_the_course():
    assert read("CP1 now").time.moment == NOW


def test_without_a_start_hours_and_minutes_count_from_it():
    assert read("CP3 3:10", None).time.after_s == 11_400
    assert read("CP3 3:10").time.after_s is None
    assert read("CP3 +3:10").time.after_s == 11_400


@pytest.mark.parametrize("text", ["", "12:40", "CP3", "hello there", "CP3 25:61", "x" * 200 + " 12:40"])
def test_what_has_no_place_or_no_time_is_no_passing(text: str):
    assert list(read_passings(text, START, NOW)) == []


@given(st.text(max_size=140), st.booleans())
def test_whatever_is_written_is_read_or_not_and_never_breaks(text: str, known: bool):
    for said in read_passings(text, START if known else None, NOW):
        assert said.place.name
        assert (said.time.after_s is None) != (said.time.moment is None)
