"""Which sport a word is, and what is believed of a file that names none."""

from __future__ import annotations

from dataclasses import replace

import fitdecode.profile
import pytest

from kernel.contracts.activity import SportTag
from kernel.tracks import BadTrack
from tests.trackfiles.malformed.writers import fit_of, gpx_of
from tests.trackfiles.outings import outing
from trackfiles.outing import SaidSport, outing_of
from trackfiles.sports import other_sport_of_word, says_nothing, sport_of_word

ANY = SaidSport(otherwise="run")


@pytest.mark.parametrize(
    ("word", "sport"),
    [
        ("Trail Run", "trail_run"), ("TrailRun", "trail_run"), ("trail_running_v2", "trail_run"), ("9", "run"),
        ("HKWorkoutActivityTypeRunning", "run"), ("Lauf", "run"), ("Course à pied", "run"), ("Carrera", "run"),
        ("Corsa", "run"), ("Hardlopen", "run"), ("Забег", "run"), ("ランニング", "run"), ("달리기", "run"),
        ("跑步", "run"), ("越野跑", "trail_run"), ("Corrida em trilha", "trail_run"), ("Wanderung", "hike"),
        ("Randonnée", "hike"), ("Поход", "hike"), ("등산", "hike"), ("Spaziergang", "walk"), ("Nordic Walking", "walk"),
        ("Caminhada", "walk"), ("散歩", "walk"), ("casual_walking", "walk"), ("Mtn Climb", "hike"),
    ],
)  # fmt: skip
def test_a_word_on_foot_is_known_in_any_spelling_and_language(word: str, sport: SportTag) -> None:
    assert sport_of_word(word) == sport_of_word(word.upper()) == sport_of_word(f" {word} ") == sport
    assert other_sport_of_word(word) is None


@pytest.mark.parametrize(
    "word",
    [
        "gravel_cycling", "E-Mountain Bike Ride", "EMountainBikeRide", "Velomobile", "Skateboard", "mtb", "e_mtb",
        "Radfahrt", "Sortie à vélo", "Fietsrit", "Велозаезд", "라이딩", "骑行", "バーチャルライド", "motorcycling_v2",
        "horseback_riding", "boating", "open_water_swimming", "virtual_run", "Виртуальный забег", "가상 달리기",
        "treadmill_running", "indoor_walking", "wheelchair_push_run", "Ski de randonnée", "Skilanglauf", "Eislaufen",
        "Randonnée en raquettes", "swimrun", "bike_to_run_transition", "Jazda na rowerze", "touringbicycle", "Rowing",
    ],
)  # fmt: skip
def test_a_word_of_another_sport_never_counts_as_one_on_foot(word: str) -> None:
    assert other_sport_of_word(word)
    assert sport_of_word(word) is None


def test_every_sport_of_the_fit_profile_is_known() -> None:
    words = {str(word) for word in fitdecode.profile.FIELD_TYPES["sport"].enum.values()}
    assert {
        word for word in words if not (sport_of_word(word) or other_sport_of_word(word) or says_nothing(word))
    } == set()
    assert {word for word in words if sport_of_word(word)} == {"running", "walking", "hiking", "mountaineering"}


@pytest.mark.parametrize("word", ["unknown", "Other", "generic", "", None])
def test_words_that_say_nothing(word: str | None) -> None:
    assert says_nothing(word)
    assert sport_of_word(word) is None
    assert other_sport_of_word(word) is None


def test_a_running_that_is_virtual_is_no_running() -> None:
    with pytest.raises(BadTrack) as caught:
        outing_of(fit_of(outing(), "running", 58), "")
    assert caught.value.reason == "other_sport"


@pytest.mark.parametrize("word", ["unknown", "", "dancing"])
def test_what_moved_as_feet_alone_do_is_believed_and_said(word: str) -> None:
    one = outing_of(gpx_of(outing(), word), "", ANY)
    assert (one.sport, one.sport_from) == ("run", "movement")
    assert outing_of(gpx_of(outing()), "", ANY).sport_from == "file"


@pytest.mark.parametrize("speed_m_per_s", [3.9, 4.6, 5.5, 6.5])
def test_what_may_have_been_a_bicycle_is_left_out_unless_it_is_named(speed_m_per_s: float) -> None:
    content = gpx_of(outing(speed_m_per_s=speed_m_per_s, length_m=8000), "unknown")
    with pytest.raises(BadTrack) as caught:
        outing_of(content, "", ANY)
    assert caught.value.reason == "sport_unknown"
    assert outing_of(content, "", SaidSport(otherwise="run", trusted=True)).sport_from == "named"


def test_a_word_that_nobody_knows_is_judged_though_the_default_is_trusted() -> None:
    fast = gpx_of(outing(speed_m_per_s=5, length_m=8000), "blorb")
    with pytest.raises(BadTrack, match="blorb"):
        outing_of(fast, "", SaidSport(otherwise="run", trusted=True))


def test_what_lies_as_level_as_water_may_have_been_a_boat() -> None:
    level = [replace(point, ele_m=12.0) for point in outing(speed_m_per_s=1.6)]
    with pytest.raises(BadTrack) as caught:
        outing_of(gpx_of(level, "unknown"), "", ANY)
    assert caught.value.reason == "sport_unknown"
