"""What somebody says after `ayda predict` reaches the answer, and the answer holds together as it is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli.words import minutes_line
from kernel.contracts.prediction import Prediction
from languages.voice import Voice
from tests.cli.conftest import Ayda

PART = re.compile(r"([+-])(?:(\d+) h )?(\d+)(?::(\d\d)| min)")


def told(ayda: Ayda, route: Path, *options: object) -> dict[str, Any]:
    said = ayda("predict", route, *options, "--json")
    assert said.code == 0, said.err
    answer: dict[str, Any] = json.loads(said.out)
    return answer


@pytest.mark.parametrize("written", ["5:30", "5.30", "5'30", "8:51/mi"])
def test_a_pace_may_be_typed_in_any_form(ayda: Ayda, route: Path, written: str):
    plain = told(ayda, route, "--pace", "5:30")["times_s"]["moderate"]
    assert told(ayda, route, "--pace", written)["times_s"]["moderate"] == pytest.approx(plain, rel=1e-3)


def test_a_refusal_shows_what_was_typed_as_it_would_be_understood(ayda: Ayda, route: Path):
    assert "For 5 write 5:00." in ayda("predict", route, "--pace", "5").err
    assert "5 대신 5:00" in ayda("predict", route, "--lang", "ko", "--pace", "5").err


def test_a_race_stands_in_for_a_pace_but_not_beside_it(ayda: Ayda, route: Path):
    quick, slow = (told(ayda, route, "--result", f"10 km {time}")["times_s"]["moderate"] for time in ("40:00", "60:00"))
    assert slow == pytest.approx(1.5 * quick, rel=1e-3)
    both = ayda("predict", route, "--result", "10 km 40:00", "--pace", "5:00")
    assert (both.code, both.err.partition(":")[0]) == (2, "bad_usage")


def test_what_is_said_of_the_day_stands_among_the_causes(ayda: Ayda, route: Path):
    said = ("--surface", "rough", "--heat", "86F", "--home-height", "200 m", "--people", "3", "--hut", "3 km 6h")
    causes = [part["cause"] for part in told(ayda, route, *said)["minutes"]]
    assert causes[5:] == ["surface", "heat", "altitude", "company", "hut"]
    assert "thin air (not known from results)" in " ".join(ayda("predict", route, *said).out.split())


def test_a_stated_length_corrects_the_drawn_one_or_is_refused(ayda: Ayda, route: Path):
    assert told(ayda, route, "--distance", "5.5")["route"]["distance_m"] == pytest.approx(5_500, abs=0.2)
    assert ayda("predict", route, "--distance", "10").err.startswith("length_implausible: ")


def test_places_are_written_one_by_one_and_the_finish_is_the_last_row(ayda: Ayda, route: Path):
    said = ayda("predict", route, "--checkpoint", "Lake, at_mi=2, stop=5min, cutoff=0:50").out
    rows = [line.split() for line in said.splitlines() if line.strip().startswith(("Lake", "Finish"))]
    assert [row[:2] for row in rows] == [["Lake", "3.2"], ["Finish", "6.0"]]


def test_times_of_another_day_carry_its_name_and_nights_are_told(ayda: Ayda, route: Path):
    said = ayda("predict", route, "--start", "13.06.2026 23:40").out
    assert re.search(r"Finish Sun, Jun 14, 00:\d\d", said)
    assert "Dark all the way." in said
    assert "Sunset" not in said
    assert "turn at" not in said


def test_miles_and_russian_are_one_option_each(ayda: Ayda, route: Path):
    said = ayda("predict", route, "--units", "imperial", "--lang", "ru", "--start", "6am").out
    assert "3,7 миль" in said
    assert "от старта до финиша" in said
    assert not re.search(r"\b(start|finish|steady|slope)\b", said)


@pytest.mark.parametrize(
    "options",
    [(), ("--effort", "race"), ("--effort", "easy", "--mode", "hiking"), ("--hut", "3 km 6h", "--heat", "30")],
)
def test_the_causes_add_up_as_they_are_printed(ayda: Ayda, route: Path, options: tuple[str, ...]):
    said = ayda("predict", route, *options, "--json").out
    prediction = msgspec.json.decode(said, type=Prediction)
    line = minutes_line(prediction, Voice())
    first, *parts, last = line.split("; ")
    to_the_second = prediction.elapsed_s.p50 < 3600
    total = _clock_units(first.rsplit(" ", 1)[1], to_the_second)
    for part in parts:
        found = PART.search(part)
        assert found is not None, part
        sign, hours, number, seconds = found.groups()
        minutes = 60 * int(hours or 0) + int(number)
        total += (-1 if sign == "-" else 1) * (60 * minutes + int(seconds or 0) if to_the_second else minutes)
    whole = re.search(r"[\d:]+", last)
    assert whole is not None
    assert total == _clock_units(whole[0], to_the_second)


def _clock_units(text: str, to_the_second: bool) -> int:
    parts = [int(part) for part in text.split(":")]
    return parts[0] * 3600 + parts[1] * 60 + parts[2] if to_the_second else parts[0] * 60 + parts[1]
