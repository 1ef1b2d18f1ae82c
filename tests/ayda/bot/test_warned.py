from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from ayda_service.bot.words import rests_on
from kernel.contracts.route import CourseWarning
from languages.catalog import Language
from languages.voice import Voice
from tests.takealong.made import told
from trackfiles.corrections import CorrectionCode, corrections_of

GAP = CourseWarning("gaps_bridged", "The track has gaps of 1.5 km.", {"count": 1.0, "length_m": 1_500.0})
FAR = CourseWarning("waypoints_off_course", "Far: Hut.", {"count": 1.0, "names": ["Hut"], "away_m": 240.0})
UNKNOWN = CourseWarning("of_tomorrow", "Something new was wrong.", {})


def said(voice: Voice, *warnings: CourseWarning) -> str:
    prediction, _ = told()
    return rests_on(msgspec.structs.replace(prediction, warnings=list(warnings)), voice)


@pytest.mark.parametrize(
    ("voice", "words"),
    [
        (Voice("en"), "The track has gaps of 1.5 km."),
        (Voice("ru"), "есть разрывы, всего 1,5 км"),
        (Voice("ko"), "트랙에 끊긴 곳이 모두 1.5km"),
        (Voice("ru", "imperial"), "0,9 миль"),
    ],
)
def test_what_was_wrong_with_a_course_is_told_in_the_members_words(voice: Voice, words: str):
    assert words.replace(" ", "") in said(voice, GAP).replace(" ", "").replace("\N{NO-BREAK SPACE}", "")


def test_short_distances_are_told_in_metres_and_names_as_they_are():
    assert "240" in said(Voice("ru"), FAR)
    assert "Hut" in said(Voice("ko"), FAR)


def test_a_warning_of_tomorrow_is_told_in_english():
    assert said(Voice("ru"), UNKNOWN).endswith("Something new was wrong.")


def test_a_clean_course_is_told_nothing_of():
    assert "\n" not in said(Voice("en"))


@pytest.mark.parametrize("language", ["ru", "ko"])
@pytest.mark.parametrize("code", get_args(CorrectionCode))
def test_what_was_put_right_in_a_recording_has_words_in_every_language(language: Language, code: str):
    (correction,) = corrections_of([code])  # type: ignore[list-item]  # one of them
    assert Voice(language).warning(CourseWarning(correction.code, correction.message)) != correction.message
