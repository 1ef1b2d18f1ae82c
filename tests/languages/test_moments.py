"""What people write for a start is understood in three languages, or not at all."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from languages.moments import Start, read_clock, read_start, read_start_at
from languages.refusals import NotUnderstood

NOW = datetime(2026, 12, 2, 9, 30, 40)  # noqa: DTZ001 - a clock on a wall, of a Wednesday
STARTS = {
    "now": "2026-12-02T09:30",
    "Сейчас": "2026-12-02T09:30",
    "지금": "2026-12-02T09:30",
    "7:00": "2026-12-03T07:00",
    "9:30": "2026-12-02T09:30",
    "18:05": "2026-12-02T18:05",
    "7 am": "2026-12-03T07:00",
    "12:15 pm": "2026-12-02T12:15",
    "12am": "2026-12-03T00:00",
    "tomorrow 6:00": "2026-12-03T06:00",
    "Tomorrow, at 6:00": "2026-12-03T06:00",
    "6:00 tomorrow": "2026-12-03T06:00",
    "today 7:00": "2026-12-02T07:00",
    "завтра в 7:00": "2026-12-03T07:00",
    "послезавтра 7:00": "2026-12-04T07:00",
    "내일 7시": "2026-12-03T07:00",
    "내일 오후 3시 30분에": "2026-12-03T15:30",
    "오전 12시": "2026-12-03T00:00",
    "Saturday 7:00": "2026-12-05T07:00",
    "on sat at 7:00": "2026-12-05T07:00",
    "в субботу в 7:00": "2026-12-05T07:00",
    "сб 7:00": "2026-12-05T07:00",
    "토요일 7시": "2026-12-05T07:00",
    "Wednesday 10:00": "2026-12-02T10:00",
    "Wednesday 9:00": "2026-12-09T09:00",
    "2026-12-05 07:30": "2026-12-05T07:30",
    "2026-12-05T07:30": "2026-12-05T07:30",
    "5.12 07:30": "2026-12-05T07:30",
    "05.12.2026 7:30": "2026-12-05T07:30",
    "1.12. 7:30": "2027-12-01T07:30",
    "12월 5일 7시": "2026-12-05T07:00",
    "5 Dec 7:30": "2026-12-05T07:30",
    "December 5 7:30": "2026-12-05T07:30",
    "5 декабря в 7:30": "2026-12-05T07:30",
    "13 June 2027 6:00": "2027-06-13T06:00",
    "June 13, 2027 6am": "2027-06-13T06:00",
    "13 июня 2027 г. в 6:00": "2027-06-13T06:00",
    "29.2 7:00": "2028-02-29T07:00",
}
NO_STARTS = (
    "31 June 2027 7:00",
    "", "7", "thanks", "saturday", "25:00", "7:60", "7:00 8:00", "13 pm", "0am", "2026-13-05 07:30", "31.2.2026 7:00",
    "2026-12-05 07:30:15", "7:00 some day", "５.12 x", "7:00" * 50, "-7:00", "12.5:30", "9" * 400, "\0", "0.0 7:00",
)  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), STARTS.items())
def test_a_start_is_understood_on_the_clock_at_the_course(written: str, meant: str):
    assert read_start(written, NOW) == datetime.fromisoformat(meant)


@pytest.mark.parametrize("written", NO_STARTS)
def test_what_may_mean_several_things_is_no_start(written: str):
    assert read_start(written, NOW) is None


@given(st.text(max_size=60))
def test_whatever_is_written_is_understood_or_not_and_never_breaks(written: str):
    start = read_start(written, NOW)
    assert start is None or start.tzinfo is None


@given(st.datetimes(min_value=NOW, max_value=NOW + timedelta(days=3_000)))
def test_every_minute_can_be_written_as_iso_has_it(moment: datetime):
    minute = moment.replace(second=0, microsecond=0)
    assert read_start(f"{minute:%Y-%m-%d %H:%M}", NOW) == minute


@given(st.times())
def test_a_time_without_a_day_is_the_next_one(clock: time):
    start = read_start(f"{clock:%H:%M}", NOW)
    assert start is not None
    assert timedelta(0) <= start - NOW.replace(second=0) < timedelta(days=1)


WHOLE = {
    "2026-06-13T06:00": ("2026-06-13T06:00", None),
    "2026-06-13T06:00+02:00": ("2026-06-13T06:00+02:00", None),
    " 2026-06-13T06:00 [Europe/Zurich] ": ("2026-06-13T06:00", "Europe/Zurich"),
    "13.06.2026 06:00": ("2026-06-13T06:00", None),
    "13.06.2026 06:00[Asia/Almaty]": ("2026-06-13T06:00", "Asia/Almaty"),
    "06:00": ("2026-12-03T06:00", None),
    "6am": ("2026-12-03T06:00", None),
}


@pytest.mark.parametrize(("written", "meant"), WHOLE.items())
def test_a_start_may_name_its_offset_or_its_zone(written: str, meant: tuple[str, str | None]):
    assert read_start_at(written, NOW) == Start(datetime.fromisoformat(meant[0]), meant[1])


@pytest.mark.parametrize(
    "written", ["", "tomorrow", "2026-13-01T06:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "06:00[Zurich]"]
)
def test_what_is_no_start_is_refused_with_one_that_is(written: str):
    with pytest.raises(NotUnderstood, match="2026-06-13T06:00"):
        read_start_at(written, NOW)


def test_a_day_without_a_time_is_refused_with_a_time_added():
    with pytest.raises(NotUnderstood, match="For 2026-08-28 write 2026-08-28T06:00"):
        read_start_at("2026-08-28", NOW)


@pytest.mark.parametrize(
    ("written", "meant"), [("06:00", time(6)), ("6am", time(6)), ("오후 3시", time(15)), ("6", None), ("25:00", None)]
)
def test_a_time_of_day_stands_alone(written: str, meant: time | None):
    assert read_clock(written) == meant


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("6", "06:00"),
        ("0600", "06:00"),
        ("6.30", "06:30"),
        ("13/06/2026 06:00", "13.06.2026 06:00"),
        ("06/13/2026 6:00 AM", "13.06.2026 6:00 AM"),
        ("2026-06-13", "2026-06-13T06:00"),
    ],
)
def test_what_is_no_start_is_shown_as_one_and_that_one_is_understood(text: str, form: str):
    with pytest.raises(NotUnderstood, match=f"For {text} write {form}."):
        read_start_at(text, NOW)
    assert read_start_at(form, NOW).at.hour == 6


@pytest.mark.parametrize("text", ["05/06/2026 06:00", "25", "6:75", "noon"])
def test_what_may_mean_several_starts_is_not_guessed(text: str):
    with pytest.raises(NotUnderstood) as refused:
        read_start_at(text, NOW)
    assert " write " not in str(refused.value)
