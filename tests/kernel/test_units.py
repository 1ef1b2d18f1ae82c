from __future__ import annotations

import math

import pytest

from kernel.units import format_hms, format_pace


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
