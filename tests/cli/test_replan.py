from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from kernel.contracts.reforecast import Reforecast
from tests.cli.conftest import Ayda

STARTED = ("--start", "2026-06-13T06:00")


def test_on_the_day_the_finish_moves_and_places_ahead_are_told(ayda: Ayda, route: Path):
    places = (
        "--checkpoint",
        "Col, at_km=2",
        "--checkpoint",
        "Lake, at_km=4, cutoff=1:30",
        "--checkpoint",
        "Ford, at_km=5",
    )
    said = ayda("replan", route, *STARTED, *places, "--passed", "Col 06:40")
    assert said.code == 0
    assert re.search(r"Col \(2.0 km\) at 06:40: \d+ min behind\.", said.out)
    assert re.search(r"The finish now looks like \d\d:\d\d, \d:\d\d(:\d\d)? after the start\.", said.out)
    assert re.search(r"Lake +4\.0 +\d\d:\d\d +\d\d:\d\d +\d\d:\d\d . \d\d:\d\d +07:30 +[<>]? ?\d+ %", said.out)
    assert "Finish" in said.out


def test_json_is_one_reforecast_as_the_service_sends_it_and_nothing_else(ayda: Ayda, route: Path):
    said = ayda("replan", route, "--passed", "2 0:25:00", "--json")
    found = msgspec.json.decode(said.out, type=Reforecast)
    assert (said.err, found.passed_at_m) == ("", 2000.0)
    assert found.finish_s.p10 <= found.finish_s.p50 <= found.finish_s.p90


def test_of_several_passings_the_last_one_counts(ayda: Ayda, route: Path):
    last = ("--passed", "4 0:50:00")
    several = ayda("replan", route, *last, "--passed", "2 0:20:00").out
    assert several == ayda("replan", route, *last).out


@pytest.mark.parametrize("language", ["ru", "ko"])
def test_it_is_said_in_every_language_and_in_miles(ayda: Ayda, route: Path, language: str):
    said = ayda("replan", route, "--lang", language, "--units", "imperial", "--passed", "2 0:40:00")
    assert said.code == 0
    assert "finish" not in said.out.casefold()


@pytest.mark.parametrize(
    ("passed", "code"),
    [
        (["Nowhere 12:40"], "bad_passing"),
        (["2"], "bad_passing"),
        (["90 km 1:00:00"], "bad_passing"),
        (["2 0:40:00", "4 0:30:00"], "passings_disagree"),
        ([], "bad_usage"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_with_its_code(ayda: Ayda, route: Path, passed: list[str], code: str):
    said = ayda("replan", route, *(word for each in passed for word in ("--passed", each)))
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith(f"{code}: ")
