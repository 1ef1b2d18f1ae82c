from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import pytest

from cli.options import DURATION, MOMENT, PACE


@pytest.mark.parametrize(
    ("text", "seconds"), [("5:30", 19_800), ("5:30:30", 19_830), ("0:45", 2700), ("48:00", 172_800)]
)
def test_a_goal_is_hours_and_minutes(text: str, seconds: float):
    assert DURATION.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "5", "0:00", "5:61", "-1:00", "soon", "1:2:3:4"])
def test_what_is_no_goal_is_refused(text: str):
    with pytest.raises(click.BadParameter, match="hours and minutes"):
        DURATION.convert(text, None, None)


def test_a_pace_is_what_the_service_takes_too():
    assert PACE.convert("2:00", None, None) == 120
    assert PACE.convert("30:00", None, None) == 1800
    for text in ("1:59", "30:01", "quick", ""):
        with pytest.raises(click.BadParameter):
            PACE.convert(text, None, None)


def test_a_start_keeps_its_offset():
    start = MOMENT.convert("2026-06-13T06:00+02:00", None, None)
    assert start.utcoffset() == timedelta(hours=2)
    assert start == datetime(2026, 6, 13, 4, tzinfo=UTC)


def test_a_start_without_an_offset_is_meant_where_the_machine_is():
    start = MOMENT.convert("2026-06-13T06:00", None, None)
    assert start.tzinfo is not None
    assert start == datetime(2026, 6, 13, 6).astimezone()


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2026-13-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "1900-01-01", "2150-01-01"],
)
def test_what_is_no_start_is_refused(text: str):
    with pytest.raises(click.BadParameter, match="2026-06-13T06:00"):
        MOMENT.convert(text, None, None)
