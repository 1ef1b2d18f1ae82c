"""What people write of a day is understood part by part, or refused with a form that would be."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.said import Conditions, Night
from languages.catalog import LANGUAGES
from languages.day import read_day
from languages.refusals import NotUnderstood
from languages.voice import Units, Voice

ALL = "28 °C, rough, 3 people, home 300 m, hut 52 km 6h"
DAYS = {
    "28 °C": Conditions(heat_c=28.0), "28°": Conditions(heat_c=28.0), "82F": Conditions(heat_c=27.8),
    "heat 30": Conditions(heat_c=30.0), "жара 30": Conditions(heat_c=30.0), "30 градусов": Conditions(heat_c=30.0),
    "28,5 °C": Conditions(heat_c=28.5), "30도": Conditions(heat_c=30.0), "기온 30": Conditions(heat_c=30.0),
    "-5 °C": Conditions(heat_c=-5.0),
    "rough": Conditions(surface="rough"), "Asphalt": Conditions(surface="road"), "тропа": Conditions(surface="path"),
    "험한 길": Conditions(surface="rough"), "아스팔트": Conditions(surface="road"),
    "3 people": Conditions(people=3), "3 of us": Conditions(people=3), "we are 3": Conditions(people=3),
    "нас 3": Conditions(people=3), "нас 3 человека": Conditions(people=3), "втроём": Conditions(people=3),
    "3명": Conditions(people=3), "둘이서": Conditions(people=2),
    "home 300 m": Conditions(home_m=300.0), "I live at 300": Conditions(home_m=300.0),
    "дом 300 м": Conditions(home_m=300.0), "живу на 300 м": Conditions(home_m=300.0),
    "집 300m": Conditions(home_m=300.0),
    "hut 52 km 6h": Conditions(hut=Night(at_m=52_000.0, stop_s=21_600.0)),
    "hut at 52 km for 6 h": Conditions(hut=Night(at_m=52_000.0, stop_s=21_600.0)),
    "приют 52 км 6 ч": Conditions(hut=Night(at_m=52_000.0, stop_s=21_600.0)),
    "산장 52km 6시간": Conditions(hut=Night(at_m=52_000.0, stop_s=21_600.0)),
    ALL: Conditions(
        heat_c=28.0, surface="rough", people=3, home_m=300.0, hut=Night(at_m=52_000.0, stop_s=21_600.0)
    ),
    "жара 28; камни\nвдвоем": Conditions(heat_c=28.0, surface="rough", people=2),
}  # fmt: skip
NO_DAYS = (
    "", "28", "hot", "70 °C", "1 people", "51 people", "0명", "home 9000 m", "hut 52 km", "hut 6h", "hut 52 km 30h",
    "rough road", "rough, soon", ",", "nan °C", "x" * 301, "٣ people", ",".join(["rough"] * 9),
)  # fmt: skip


@pytest.mark.parametrize("text", DAYS)
def test_every_form_means_one_day(text: str):
    assert read_day(text) == DAYS[text]


@pytest.mark.parametrize("text", NO_DAYS)
def test_whatever_else_is_refused_with_a_form_that_is_understood(text: str):
    with pytest.raises(NotUnderstood):
        read_day(text)


@pytest.mark.parametrize(
    ("text", "units", "day"),
    [
        ("80 °", "imperial", Conditions(heat_c=26.7)),
        ("27 °C", "imperial", Conditions(heat_c=27.0)),
        ("home 1000", "imperial", Conditions(home_m=305.0)),
        ("hut 10 2h", "imperial", Conditions(hut=Night(at_m=16_093.44, stop_s=7_200.0))),
    ],
)
def test_a_plain_number_is_of_the_units_of_who_writes(text: str, units: Units, day: Conditions):
    assert read_day(text, None, units) == day


def test_what_was_told_before_stays_until_it_is_told_otherwise():
    before = Conditions(heat_c=28.0, people=3, surface="rough")
    assert read_day("30 °C, alone", before) == Conditions(heat_c=30.0, surface="rough")


@pytest.mark.parametrize("text", ["as usual", "как обычно", "평소처럼"])
def test_a_day_as_usual_forgets_all_of_it(text: str):
    assert read_day(text, Conditions(heat_c=28.0)) is None


def test_the_last_of_a_company_leaves_nothing_told():
    assert read_day("alone", Conditions(people=3)) is None


@given(st.text(max_size=80))
def test_whatever_is_written_is_a_day_that_the_contract_takes_or_is_refused(text: str):
    try:
        day = read_day(text)
    except NotUnderstood:
        return
    assert msgspec.json.decode(msgspec.json.encode(day), type=Conditions | None) == day


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_that_a_refusal_shows_is_understood(language: str):
    with pytest.raises(NotUnderstood) as wrong:
        read_day("hot")
    said = wrong.value.said_by(Voice(language))  # type: ignore[arg-type]
    assert read_day(said.rpartition(": ")[2].removesuffix(".")) == DAYS[ALL]
