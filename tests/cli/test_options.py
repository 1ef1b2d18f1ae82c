from __future__ import annotations

from datetime import UTC, datetime

import click
import pytest

from cli.options import DURATION, PACE, START


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
    start = START.convert("2026-06-13T06:00+02:00", None, None)
    assert start.at == datetime(2026, 6, 13, 4, tzinfo=UTC)
    assert start.zone is None


def test_a_start_without_an_offset_says_nothing_about_where():
    start = START.convert("2026-06-13T06:00", None, None)
    assert (start.at.tzinfo, start.zone) == (None, None)


@pytest.mark.parametrize("text", ["2026-06-13T06:00[Europe/Zurich]", " 2026-06-13T06:00 [Europe/Zurich] "])
def test_a_start_names_its_zone_in_brackets(text: str):
    start = START.convert(text, None, None)
    assert (start.at.isoformat(), start.zone) == ("2026-06-13T06:00:00", "Europe/Zurich")


@pytest.mark.parametrize("text", ["2026-06-13T06:00[Zurich]", "2026-06-13T06:00[../UTC]"])
def test_a_zone_of_no_name_is_refused(text: str):
    with pytest.raises(click.BadParameter, match="Europe/Zurich"):
        START.convert(text, None, None)


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2026-13-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "1900-01-01", "2150-01-01"],
)
def test_what_is_no_start_is_refused(text: str):
    with pytest.raises(click.BadParameter, match="2026-06-13T06:00"):
        START.convert(text, None, None)
