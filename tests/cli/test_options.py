from __future__ import annotations

import click
import pytest

from cli.options import DURATION, HUT, PACE, START
from kernel.contracts.said import Night


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


@pytest.mark.parametrize("text", ["2026-06-13T06:00[Zurich]", "", "tomorrow", "2026-13-01", "1900-01-01T06:00"])
def test_what_is_no_start_is_refused(text: str):
    with pytest.raises(click.BadParameter, match="2026-06-13T06:00"):
        START.convert(text, None, None)


def test_a_start_without_a_day_waits_for_the_clock_at_the_course():
    assert START.convert("6am", None, None) == "6am"


def test_a_night_in_a_hut_is_where_and_how_long():
    assert HUT.convert("52 km 6h", None, None) == HUT.convert("6h at 52 km", None, None) == Night(52_000, 21_600)
    with pytest.raises(click.BadParameter):
        HUT.convert("6h", None, None)
