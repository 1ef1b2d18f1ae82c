"""What a passing says of an answer's rest, in the words of whoever came by."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import CheckpointRequest, Prediction
from languages.refusals import NotUnderstood
from languages.voice import Voice
from takealong.onday import Passed, expected_of, now_of, read_passed
from takealong.onday_told import finish_lines, passed_line
from tests.takealong.made import loop, told

START = datetime(2026, 8, 28, 18, 0, tzinfo=ZoneInfo("Europe/Paris"))
NOW = START + timedelta(hours=1)
PLACES = (
    CheckpointRequest("Lake hut", 5_000.0, 600.0, None),
    CheckpointRequest("Col Ferret", 9_000.0, 0.0, 9_000.0),
    CheckpointRequest("Col Vert", 14_000.0, 0.0, None),
    CheckpointRequest("Lake hut", 18_000.0, 0.0, 12_000.0),
)


@pytest.fixture(scope="module")
def day() -> Prediction:
    return told(checkpoints=PLACES, start_at=START, time_zone="Europe/Paris")[0]


@pytest.fixture(scope="module")
def bare() -> Prediction:
    return told()[0]


def clock(day: Prediction, after_s: float) -> str:
    return f"{START + timedelta(seconds=after_s):%H:%M}"


def test_on_time_at_a_checkpoint_the_plan_stands(day: Prediction):
    first = day.checkpoints[0]
    now = now_of(day, [Passed(first.name, first.at_m, first.eta_s.p50)], Voice())
    assert now.reforecast.behind_s == 0
    assert now.reforecast.finish_s.p50 == pytest.approx(day.elapsed_s.p50, abs=2)
    assert [place.name for place in now.ahead] == ["Col Ferret", "Col Vert", "Lake hut"]
    assert [place.planned_s for place in now.ahead] == [each.eta_s.p50 for each in day.checkpoints[1:]]


@settings(max_examples=30)
@given(st.integers(min_value=0, max_value=3), st.floats(min_value=1.0, max_value=1.6))
def test_later_is_never_earlier_anywhere_ahead(day: Prediction, which: int, slower: float):
    place = day.checkpoints[which]
    on_time = now_of(day, [Passed(place.name, place.at_m, float(place.eta_s.p50))], Voice())
    late = now_of(day, [Passed(place.name, place.at_m, slower * place.eta_s.p50)], Voice())
    assert late.reforecast.finish_s.p50 >= on_time.reforecast.finish_s.p50
    assert all(one.now_s.p50 >= other.now_s.p50 for one, other in zip(late.ahead, on_time.ahead, strict=True))


def test_what_was_expected_rises_along_the_way_and_holds_every_checkpoint(day: Prediction):
    expected = sorted(expected_of(day).places, key=lambda place: place.at_m)
    told_s = [place.eta_s.p50 for place in expected]
    assert told_s == sorted(told_s)
    assert {(p.at_m, p.eta_s.p50) for p in expected} >= {(c.at_m, float(c.eta_s.p50)) for c in day.checkpoints}


def test_a_planned_stop_is_left_behind_at_its_place(day: Prediction):
    hut = day.checkpoints[0]
    after = next(p for p in sorted(expected_of(day).places, key=lambda p: p.at_m) if p.at_m > hut.at_m)
    assert after.eta_s.p50 - hut.eta_s.p50 > hut.stop_s


def test_marks_stand_in_where_there_are_no_checkpoints(bare: Prediction):
    now = now_of(bare, [Passed("", 4_000.0, 2_000.0)], Voice())
    assert [round(place.at_m) for place in now.ahead] == [5_000, 10_000, 15_000, 20_000]


@pytest.mark.parametrize(("text", "at_m"), [("CP2", 9_000), ("2 km", 2_000), ("Col Vert", 14_000), ("ferret", 9_000)])
def test_a_place_goes_by_number_distance_or_name(day: Prediction, text: str, at_m: float):
    assert read_passed(f"{text} 1:02:30", day, Voice(), NOW).at_m == at_m


def test_the_finish_is_the_end_of_the_course(day: Prediction):
    assert read_passed("finish 3:02:30", day, Voice(), NOW).at_m == day.route.distance_m


@pytest.mark.parametrize("which", [0, 3])
def test_a_place_that_is_passed_twice_is_the_one_that_fits_the_time(day: Prediction, which: int):
    place = day.checkpoints[which]
    assert read_passed(f"Lake hut {clock(day, place.eta_s.p50)}", day, Voice(), NOW).at_m == place.at_m


def test_a_time_of_day_is_on_the_day_that_fits(day: Prediction):
    late = msgspec.structs.replace(day, start_at=datetime(2026, 8, 28, 23, 30, tzinfo=ZoneInfo("Europe/Paris")))
    assert read_passed("CP1 00:10", late, Voice(), NOW).elapsed_s == 2_400


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nowhere 12:40", "No place of that name or number"),
        ("CP9 12:40", "No place of that name or number"),
        ("col 12:40", "Several places on this course are called like that"),
        ("90 km 1:02:30", "That place lies behind the finish."),
        ("hello", "Where and when you came by is written as"),
    ],
)
def test_what_is_not_understood_says_what_would_be(day: Prediction, text: str, sentence: str):
    with pytest.raises(NotUnderstood, match=sentence):
        read_passed(text, day, Voice(), NOW)


def test_the_sentences_name_place_clock_and_plan(day: Prediction):
    hut = day.checkpoints[0]
    now = now_of(day, [Passed(hut.name, hut.at_m, hut.eta_s.p50 + 720.0)], Voice())
    assert passed_line(now, day, Voice()).startswith("Lake hut (5.0 km) at ")
    assert passed_line(now, day, Voice()).endswith(": 12 min behind.")
    whole, margin = finish_lines(now, day, Voice())
    assert whole.startswith("The finish now looks like ")
    assert margin.endswith(f"planned was {clock(day, day.elapsed_s.p50 + 30)}.")


def test_without_a_start_all_times_of_a_long_course_are_hours_and_minutes(bare: Prediction):
    now = now_of(bare, [Passed("", 4_000.0, 1_500.0)], Voice())
    assert passed_line(now, bare, Voice()).startswith("4.0 km at 0:25: ")


def test_who_is_there_is_told_their_time(bare: Prediction):
    now = now_of(bare, [Passed("", bare.route.distance_m, 7_380.0)], Voice())
    assert finish_lines(now, bare, Voice())[0] == "Finished in 2:03."
    assert now.ahead == ()


def test_a_course_of_hundreds_of_kilometres_has_room_for_all_that_is_sent():
    day, _ = told(loop(length_m=700_000.0))
    assert 200 < len(expected_of(day).places) <= 400
    ahead = now_of(day, [Passed("", 90_000.0, 60_000.0)], Voice()).ahead
    assert [place.at_m for place in ahead] == [200_000.0, 400_000.0, 600_000.0, 800_000.0]
