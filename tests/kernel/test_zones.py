"""A start is told on the clock at the course, and an instant stays the instant it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.zones import (
    StartOutOfRange,
    ZoneNeeded,
    ZoneUnknown,
    known_zone,
    later,
    offset_in_words,
    start_there,
    zone_at,
    zone_name,
    zone_named,
)

ZURICH, KATHMANDU = "Europe/Zurich", "Asia/Kathmandu"
ZONES = st.sampled_from([ZURICH, KATHMANDU, "Asia/Almaty", "America/Los_Angeles", "Australia/Lord_Howe", "Etc/GMT+7"])
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2098, 12, 31))  # noqa: DTZ001 - what people write has no zone


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        ((46.0, 7.75), ZURICH),
        ((43.25, 76.95), "Asia/Almaty"),
        ((37.57, 126.98), "Asia/Seoul"),
        ((27.7, 85.3), KATHMANDU),
        ((38.7, -123.0), "America/Los_Angeles"),
        ((-31.55, 159.08), "Australia/Lord_Howe"),
    ],
)
def test_a_place_on_land_has_the_zone_of_its_country(place: tuple[float, float], zone: str):
    assert zone_at(*place) == zone


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_place_has_a_zone_that_has_a_clock(lat: float, lon: float):
    zone = known_zone(zone_at(lat, lon))
    assert zone is not None
    assert datetime(2026, 6, 13, tzinfo=zone).utcoffset() is not None


@given(st.floats(-179, 179))
def test_at_sea_the_clock_follows_the_longitude(lon: float):
    zone = known_zone(zone_at(-58.0, lon))
    assert zone is not None
    offset = datetime(2026, 6, 13, tzinfo=zone).utcoffset()
    assert offset is not None
    assert abs(offset / timedelta(hours=1) - lon / 15) <= 1.01 or abs(offset / timedelta(hours=1) - lon / 15) >= 22


@given(MOMENTS, st.integers(-14 * 60, 14 * 60), ZONES)
def test_a_start_with_an_offset_is_that_instant_in_any_zone(at: datetime, minutes: int, zone: str):
    start = at.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    for named, here in ((None, zone), (zone, None), (None, None)):
        assert start_there(start, named=named, here=here).astimezone(UTC) == start.astimezone(UTC)
    assert zone_name(start_there(start, named=zone, here=KATHMANDU)) == zone
    assert start_there(start, named=None, here=None).utcoffset() == timedelta(minutes=minutes)


@given(MOMENTS, ZONES)
def test_a_start_without_an_offset_is_what_the_clock_there_shows_then(at: datetime, zone: str):
    start = start_there(at, named=None, here=zone)
    shown = start.replace(tzinfo=None)
    # or a time which that clock skips
    assert shown == at or timedelta(0) < shown - at <= timedelta(hours=2)
    assert start_there(at, named=zone, here=None) == start


def test_a_named_zone_beats_the_one_at_the_course():
    at = datetime(2026, 6, 13, 6)  # noqa: DTZ001 - as written
    assert start_there(at, named=KATHMANDU, here=ZURICH).astimezone(UTC).hour == 0


def test_a_time_the_clocks_skip_is_as_long_after_the_skip_as_it_was_written_after_its_beginning():
    start = start_there(datetime(2026, 3, 29, 2, 30), named=None, here=ZURICH)  # noqa: DTZ001 - as written
    assert start.isoformat() == "2026-03-29T03:30:00+02:00"


def test_a_time_the_clocks_show_twice_is_the_first_of_the_two_and_an_offset_says_the_other():
    at = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001 - as written
    assert start_there(at, named=None, here=ZURICH).isoformat() == "2026-10-25T02:30:00+02:00"
    second = at.replace(tzinfo=timezone(timedelta(hours=1)))
    assert start_there(second, named=None, here=ZURICH).isoformat() == "2026-10-25T02:30:00+01:00"


def test_a_start_nobody_can_place_is_refused_and_asks_for_a_zone():
    with pytest.raises(ZoneNeeded, match="Europe/Zurich"):
        start_there(datetime(2026, 6, 13, 6), named=None, here=None)  # noqa: DTZ001 - as written


NO_ZONES = ("", "Zurich", "europe/zurich", "../etc/passwd", "/etc/localtime", "localtime", "posix", "right/UTC")


@pytest.mark.parametrize("name", NO_ZONES)
def test_a_name_that_is_no_zone_is_refused_by_name(name: str):
    with pytest.raises(ZoneUnknown):
        zone_named(name)
    assert zone_named(ZURICH) == ZoneInfo(ZURICH)


ENDS = (datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59))  # noqa: DTZ001 - what people write has no zone


@pytest.mark.parametrize("at", ENDS, ids=["the first", "the last"])
def test_a_start_beyond_the_calendar_is_refused(at: datetime):
    for zone in ("Etc/GMT-14", "Etc/GMT+12"):
        try:
            start_there(at, named=None, here=zone)
        except StartOutOfRange:
            break
    else:
        pytest.fail("no zone puts it out of the calendar")


@given(MOMENTS, st.floats(0, 5e6), ZONES)
def test_later_is_so_many_seconds_later_whatever_the_clocks_do(at: datetime, after_s: float, zone: str):
    start = start_there(at, named=None, here=zone)
    passed = later(start, after_s).astimezone(UTC) - start.astimezone(UTC)
    assert passed == timedelta(seconds=after_s)
    assert zone_name(later(start, after_s)) == zone


def test_an_offset_has_letters_where_the_zone_has_and_hours_elsewhere():
    at = datetime(2026, 6, 13, 6, tzinfo=UTC)
    told = {zone: offset_in_words(at.astimezone(ZoneInfo(zone))) for zone in (ZURICH, KATHMANDU, "America/Sao_Paulo")}
    assert told == {ZURICH: "CEST", KATHMANDU: "UTC+5:45", "America/Sao_Paulo": "UTC-3"}
    assert offset_in_words(at) == "UTC"
