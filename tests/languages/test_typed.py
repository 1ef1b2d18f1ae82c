"""Every form that people type is understood as one thing, or refused with a form that would be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.said import RaceResult
from kernel.units import format_hms, format_pace
from languages.catalog import LANGUAGES
from languages.refusals import NotUnderstood
from languages.typed import (
    read_heat_c,
    read_height_m,
    read_length_m,
    read_pace_s_per_km,
    read_result,
    read_stop_s,
    read_time_s,
)
from languages.voice import Voice

PACES = {
    "5:30": 330, " 05:30 ": 330, "5.30": 330, "5,30": 330, "5'30": 330, "5\u203230\u2033": 330, "5'30\"": 330,
    "5 min 30 s": 330, "5m30": 330, "5:30/km": 330, "5:30 min/km": 330, "5:30 мин/км": 330, "5 мин 30 с": 330,
    "5'": 300, "8:51/mi": 329.948, "8:51 min/mile": 329.948, "8:51 per mile": 329.948, "12 km/h": 300,
    "10,9 км/ч": 330.275,
    "6 mph": 372.823, "2:00": 120, "30:00": 1800,
}  # fmt: skip
NO_PACES = {
    "5": "5:00", "5.5": "5:30", "330": "5:30", "5:75": "6:15", "": None, "fast": None, "5:3": None, "-5:30": None,
    "0:00": None, "1:59": None, "30:01": None, "5:30 mi": None, "0 km/h": None, "9" * 400: None, "٥:٣٠": None,
}  # fmt: skip
TIMES = {
    "5:30": 19_800, "5.30": 19_800, "5:30:15": 19_815, "0:45": 2_700, "2h20": 8_400, "2h 20m": 8_400, "2h20m30s": 8_430,
    "2 h 20 min": 8_400, "140min": 8_400, "140 min": 8_400, "2.5h": 9_000, "5 ч 30 мин": 19_800, "5 часов": 18_000,
    "5시간 30분": 19_800, "90 минут": 5_400, "100:00": 360_000, "90'": 5_400, "2:20:30": 8_430,
}  # fmt: skip
NO_TIMES = {
    "5": "5:00:00", "140": "2:20:00", "5:75": "6:15:00", "": None, "0:00": None, "0 min": None, "soon": None,
    "-1:00": None,
    "1:2:3:4": None, "1234:00": None, "5:30:60": None, "5:30 tomorrow": None, "5:3": None, "nan": None,
}  # fmt: skip
STOPS = {
    "5": 300,
    "5:30": 330,
    "5min": 300,
    "stop=5min": 300,
    "stop=5": 300,
    "30s": 30,
    "1h": 3_600,
    "2.5": 150,
    "0": 0,
}
LENGTHS = {
    "8.2": 8_200, "8,2 км": 8_200, "10k": 10_000, "5.1 mi": 8_207.654, "300 m": 300, "1000 ft": 304.8,
    "marathon": 42_195, "half marathon": 21_097.5, "полумарафон": 21_097.5, "26.2 miles": 42_164.813, "42.195": 42_195,
}  # fmt: skip
RESULTS = {
    "10 km 48:30": (10_000, 2_910), "21.1 km 1:52": (21_100, 6_720), "10k in 48:30": (10_000, 2_910),
    "marathon 3:45": (42_195, 13_500), "half marathon 1h52": (21_097.5, 6_720), "5 km 25:00": (5_000, 1_500),
    "6.2 mi 48:30": (9_977.9, 2_910), "100 km 14:30:00": (100_000, 52_200), "10 км за 48:30": (10_000, 2_910),
    "10km/48.30": (10_000, 2_910), "48:30 10 km": (10_000, 2_910), "1:52 half marathon": (21_097.5, 6_720),
    "3:45:00 / marathon": (42_195, 13_500),
}  # fmt: skip


@pytest.mark.parametrize(("written", "pace_s_per_km"), PACES.items())
def test_a_pace_is_read_as_people_write_it(written: str, pace_s_per_km: float):
    assert read_pace_s_per_km(written) == pytest.approx(pace_s_per_km, abs=1e-3)


@pytest.mark.parametrize(("written", "form"), NO_PACES.items())
def test_what_is_no_pace_is_refused_and_converted_where_it_can_be(written: str, form: str | None):
    with pytest.raises(NotUnderstood) as refused:
        read_pace_s_per_km(written)
    assert ("write" in str(refused.value)) == (form is not None)
    if form is not None:
        assert f"write {form}." in str(refused.value)
        assert read_pace_s_per_km(form) > 0


def test_whoever_counts_in_miles_means_minutes_a_mile():
    assert read_pace_s_per_km("8:51", "imperial") == pytest.approx(read_pace_s_per_km("8:51/mi"))
    assert read_pace_s_per_km("5:30/km", "imperial") == 330
    assert read_length_m("26.2", "imperial") == read_length_m("26.2 mi")
    assert read_height_m("1000", "imperial") == pytest.approx(304.8)


@pytest.mark.parametrize(("written", "seconds"), TIMES.items())
def test_a_time_is_hours_and_minutes_however_it_is_written(written: str, seconds: float):
    assert read_time_s(written) == seconds


@pytest.mark.parametrize(("written", "form"), NO_TIMES.items())
def test_what_is_no_time_is_refused_and_converted_where_it_can_be(written: str, form: str | None):
    with pytest.raises(NotUnderstood, match="hours and minutes") as refused:
        read_time_s(written)
    assert (f"write {form}." in str(refused.value)) == (form is not None)


@pytest.mark.parametrize(("written", "seconds"), STOPS.items())
def test_a_stop_is_minutes_unless_it_names_its_unit(written: str, seconds: float):
    assert read_stop_s(written) == seconds


@pytest.mark.parametrize(("written", "metres"), LENGTHS.items())
def test_a_length_is_kilometres_unless_it_names_its_unit(written: str, metres: float):
    assert read_length_m(written) == pytest.approx(metres, abs=1e-2)


@pytest.mark.parametrize(("written", "ran"), RESULTS.items())
def test_a_race_is_a_length_and_a_time_that_somebody_can_have_run(written: str, ran: tuple[float, float]):
    assert read_result(written) == RaceResult(*ran)


@pytest.mark.parametrize(
    ("written", "celsius"), [("28", 28), ("28 °C", 28), ("82F", 27.78), ("-5", -5), ("28.5c", 28.5)]
)
def test_a_temperature_is_celsius_unless_it_says_otherwise(written: str, celsius: float):
    assert read_heat_c(written) == pytest.approx(celsius, abs=0.01)


@pytest.mark.parametrize(
    ("read", "written"),
    [
        (read_stop_s, "long"), (read_stop_s, "25h"), (read_stop_s, "-1"), (read_length_m, "far"),
        (read_length_m, "-1 km"),
        (read_heat_c, "hot"), (read_heat_c, "99"), (read_result, "10 km"), (read_result, "48:30"),
        (read_result, "10 km 0:10"), (read_result, "100 m 0:12"), (read_height_m, "high"),
    ],
)  # fmt: skip
def test_what_is_nothing_of_the_kind_is_refused_with_a_form(read: Callable[[str], object], written: str):
    with pytest.raises(NotUnderstood, match="such as"):
        read(written)


@given(
    st.text(max_size=80),
    st.sampled_from([read_pace_s_per_km, read_time_s, read_stop_s, read_length_m, read_result, read_heat_c]),
)
def test_whatever_is_typed_is_understood_or_refused_and_never_breaks(written: str, read: Callable[[str], object]):
    try:
        understood = read(written)
    except NotUnderstood as refused:
        understood = str(refused)
    assert understood is not None


@given(st.integers(120, 1800))
def test_every_pace_survives_writing_and_reading(pace: int):
    assert read_pace_s_per_km(format_pace(pace)) == pace


@given(st.integers(1, 10**6))
def test_every_time_survives_writing_and_reading(seconds: int):
    assert read_time_s(format_hms(seconds)) == seconds


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_is_said_in_every_language_with_what_was_typed(language: str):
    with pytest.raises(NotUnderstood) as refused:
        read_pace_s_per_km("5")
    spoken = refused.value.said_by(Voice(next(each for each in LANGUAGES if each == language)))
    assert "5:00" in spoken
    assert ("pace" in spoken) == (language == "en")
