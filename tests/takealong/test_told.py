"""What the chat and the terminal say of a time from start to finish."""

from __future__ import annotations

import msgspec
import pytest

from kernel.contracts.prediction import Effort
from languages.catalog import LANGUAGES, Language
from languages.voice import Voice
from takealong.told import answer_lines
from tests.takealong.made import loop, told

IN_IT = {
    "en": "Stops, as races have them, are in it.",
    "ru": "Остановки, какие бывают на гонках, уже учтены.",
    "ko": "대회에서 멈추는 시간도 들어 있습니다.",
}


def rest_of(effort: Effort, stops_s: int, language: Language = "en") -> str:
    """What is said after the margin."""
    prediction, _ = told(effort=effort)
    return answer_lines(msgspec.structs.replace(prediction, stops_s=stops_s), Voice(language))[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_race_without_stops_of_its_own_is_not_said_to_be_all_moving(language: Language):
    assert rest_of("race", 0, language) == IN_IT[language]


def test_another_day_without_stops_is_all_moving():
    assert rest_of("easy", 0) == "All of it moving."


@pytest.mark.parametrize("effort", ["race", "moderate"])
def test_stops_are_said_beside_the_moving_time(effort: Effort):
    assert rest_of(effort, 300).endswith(", stops 5 min.")
    assert rest_of(effort, 12).endswith(", stops 12 s.")


def test_where_seconds_count_they_are_said_of_stops_too():
    prediction, _ = told(loop(length_m=4_000.0, climb_m=5.0), flat_pace_s_per_km=300.0)
    lines = answer_lines(msgspec.structs.replace(prediction, stops_s=68), Voice())
    assert lines[2].endswith(", stops 1 min 08 s.")
