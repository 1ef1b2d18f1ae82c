"""The words files and archives use for a sport, in one place."""

from __future__ import annotations

from typing import Final

from kernel.contracts.activity import SportTag

_ON_FOOT: Final[dict[str, SportTag]] = {
    "run": "run",
    "running": "run",
    "road_running": "run",
    "street_running": "run",
    "track_running": "run",
    "9": "run",
    "trail": "trail_run",
    "trailrun": "trail_run",
    "trail_run": "trail_run",
    "trail_running": "trail_run",
    "ultra_run": "trail_run",
    "ultra_running": "trail_run",
    "hike": "hike",
    "hiking": "hike",
    "mountaineering": "hike",
    "4": "hike",
    "walk": "walk",
    "walking": "walk",
    "casual_walking": "walk",
    "speed_walking": "walk",
    "10": "walk",
}
_OTHER: Final = {
    "ride": "ride",
    "biking": "ride",
    "bike": "ride",
    "cycling": "ride",
    "road_biking": "ride",
    "mountain_biking": "ride",
    "e_biking": "ride",
    "ebikeride": "ride",
    "e_bike_ride": "ride",
    "virtualride": "ride",
    "virtual_ride": "ride",
    "mountainbikeride": "ride",
    "mountain_bike_ride": "ride",
    "gravelride": "ride",
    "gravel_ride": "ride",
    "handcycle": "ride",
    "1": "ride",
    "swim": "swim",
    "swimming": "swim",
    "open_water": "swim",
    "lap_swimming": "swim",
    "multisport": "several sports",
    "transition": "several sports",
    "treadmill": "indoor run",
    "treadmill_running": "indoor run",
    "indoor_running": "indoor run",
    "indoor_walking": "indoor walk",
    "virtualrun": "indoor run",
    "virtual_run": "indoor run",
    "rowing": "rowing",
    "kayaking": "paddling",
    "paddling": "paddling",
    "stand_up_paddling": "paddling",
    "canoeing": "paddling",
    "surfing": "surfing",
    "sailing": "sailing",
    "driving": "driving",
    "alpine_skiing": "skiing",
    "alpineski": "skiing",
    "alpine_ski": "skiing",
    "backcountryski": "skiing",
    "backcountry_ski": "skiing",
    "cross_country_skiing": "skiing",
    "nordicski": "skiing",
    "nordic_ski": "skiing",
    "rollerski": "skiing",
    "roller_ski": "skiing",
    "snowboard": "skiing",
    "snowboarding": "skiing",
    "snowshoe": "snowshoeing",
    "snowshoeing": "snowshoeing",
    "iceskate": "skating",
    "ice_skate": "skating",
    "ice_skating": "skating",
    "inlineskate": "skating",
    "inline_skate": "skating",
    "inline_skating": "skating",
    "rock_climbing": "climbing",
    "rockclimbing": "climbing",
    "workout": "training",
    "training": "training",
    "fitness_equipment": "training",
    "weighttraining": "training",
    "weight_training": "training",
    "crossfit": "training",
    "elliptical": "training",
    "stairstepper": "training",
    "stair_stepper": "training",
    "yoga": "training",
    "golf": "ball games",
    "soccer": "ball games",
    "tennis": "ball games",
}


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
