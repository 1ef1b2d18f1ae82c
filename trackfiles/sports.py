"""The words files and archives use for a sport, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from kernel.contracts.activity import SportTag

S = TypeVar("S", bound=str)

_WORDS_ON_FOOT: Final[dict[SportTag, str]] = {
    "run": "run running road_running street_running track_running 9",
    "trail_run": "trail trailrun trail_run trail_running ultra_run ultra_running",
    "hike": "hike hiking mountaineering 4",
    "walk": "walk walking casual_walking speed_walking 10",
}
_OTHER_WORDS: Final = {
    "ride": (
        "ride biking bike cycling road_biking mountain_biking e_biking ebikeride e_bike_ride virtualride "
        "virtual_ride mountainbikeride mountain_bike_ride gravelride gravel_ride handcycle 1"
    ),
    "swim": "swim swimming open_water lap_swimming",
    "several sports": "multisport transition",
    "indoor run": "treadmill treadmill_running indoor_running virtualrun virtual_run",
    "indoor walk": "indoor_walking",
    "rowing": "rowing",
    "paddling": "kayaking paddling stand_up_paddling canoeing",
    "surfing": "surfing",
    "sailing": "sailing",
    "driving": "driving",
    "skiing": (
        "alpine_skiing alpineski alpine_ski backcountryski backcountry_ski cross_country_skiing nordicski "
        "nordic_ski rollerski roller_ski snowboard snowboarding"
    ),
    "snowshoeing": "snowshoe snowshoeing",
    "skating": "iceskate ice_skate ice_skating inlineskate inline_skate inline_skating",
    "climbing": "rock_climbing rockclimbing",
    "training": (
        "workout training fitness_equipment weighttraining weight_training crossfit elliptical stairstepper "
        "stair_stepper yoga"
    ),
    "ball games": "golf soccer tennis",
}


def _sports_by_word(words: Mapping[S, str]) -> dict[str, S]:
    return {word: sport for sport, all_words in words.items() for word in all_words.split()}


_ON_FOOT: Final = _sports_by_word(_WORDS_ON_FOOT)
_OTHER: Final = _sports_by_word(_OTHER_WORDS)


def sport_of_word(word: str | None) -> SportTag | None:
    """The sport on foot a word stands for; None when there is no word, or one of another or no known sport.

    Upper case, blanks and hyphens do not matter: `Trail Run`, `trail_run` and `TrailRun` are one word. The numbers are
    those Strava's own GPX exports wrote.
    """
    return None if word is None else _ON_FOOT.get(_plain(word))


def other_sport_of_word(word: str | None) -> str | None:
    """The name of a sport that is known not to be on foot outdoors, such as `ride`; None for any other word."""
    return None if word is None else _OTHER.get(_plain(word))


def _plain(word: str) -> str:
    return "_".join(word.strip().lower().replace("-", " ").replace("_", " ").split())
