from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.units import format_hms, format_pace, parse_hms, parse_pace


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00:00"),
        (4860, "1:21:00"),
        (59.5, "0:01:00"),
        (59.49, "0:00:59"),
        (3599.6, "1:00:00"),
        (360_000, "100:00:00"),
    ],
)
def test_a_duration_is_written_as_hours_minutes_and_seconds(seconds: float, text: str) -> None:
    assert format_hms(seconds) == text


@pytest.mark.parametrize(("pace", "text"), [(330, "5:30"), (359.7, "6:00"), (3725, "62:05")])
def test_a_pace_is_written_as_minutes_and_seconds(pace: float, text: str) -> None:
    assert format_pace(pace) == text


@pytest.mark.parametrize("seconds", [-1.0, math.nan, math.inf])
def test_a_duration_that_is_none_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        format_hms(seconds)


@pytest.mark.parametrize("text", ["5:30", " 5:30 ", "05:30", "5:30/km", "5:30 min/km", "5:30 /km"])
def test_a_pace_is_read_as_people_write_it(text: str) -> None:
    assert parse_pace(text) == 330.0


@pytest.mark.parametrize(
    "text", ["", "5", "5:3", "5:60", "5:300", "-5:30", "0:00", "5.5", "\u0665:\u0663\u0660", "5:30 mi", "1:2:3"]
)
def test_what_is_no_pace_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 5:30"):
        parse_pace(text)


@pytest.mark.parametrize(("text", "seconds"), [("1:21:00", 4860.0), ("81:00", 4860.0), ("100:00:01", 360_001.0)])
def test_a_time_is_read_with_or_without_hours(text: str, seconds: float) -> None:
    assert parse_hms(text) == seconds


@pytest.mark.parametrize("text", ["", "1:60:00", "1:5:00", "1:00:60", "10", "1:00:00:00", "-1:00:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 1:21:00"):
        parse_hms(text)


@given(st.integers(0, 10**6))
def test_whole_seconds_survive_writing_and_reading(seconds: int) -> None:
    assert parse_hms(format_hms(seconds)) == seconds


@given(st.integers(1, 5999))
def test_a_pace_survives_writing_and_reading(pace: int) -> None:
    assert parse_pace(format_pace(pace)) == pace
