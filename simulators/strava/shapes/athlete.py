"""The athlete's own pages: profile, zones, totals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from simulators.strava.shapes import Json
from simulators.strava.shapes.detail import HEART_RATE_ZONES
from simulators.strava.world.activity import RUNS, Activity, iso_z
from simulators.strava.world.athlete import Athlete


def summary_athlete(athlete: Athlete) -> Json:
    picture = f"https://strava-sim.invalid/pictures/athletes/{athlete.id}"
    return {
        "id": athlete.id,
        "resource_state": 2,
        "firstname": athlete.firstname,
        "lastname": athlete.lastname,
        "city": "Almaty",
        "country": "Kazakhstan",
        "sex": athlete.sex,
        "premium": True,
        "summit": True,
        "created_at": iso_z(athlete.created_at),
        "updated_at": iso_z(athlete.created_at),
        "badge_type_id": 1,
        "weight": round(athlete.traits.weight_kg, 1),
        "profile_medium": f"{picture}/medium.jpg",
        "profile": f"{picture}/large.jpg",
        **dict.fromkeys(("username", "bio", "state", "friend", "follower")),
    }


def detailed_athlete(athlete: Athlete) -> Json:
    return summary_athlete(athlete) | {
        "resource_state": 3,
        "blocked": False,
        "can_follow": True,
        **dict.fromkeys(("follower_count", "friend_count", "mutual_friend_count", "postable_clubs_count"), 0),
        "athlete_type": 1,
        "date_preference": "%m/%d/%Y",
        "measurement_preference": "meters",
        "clubs": [],
        "ftp": None,
        "bikes": [],
        "shoes": [],
    }


def zones() -> Json:
    return {
        "heart_rate": {"custom_zones": False, "zones": [{"min": low, "max": high} for low, high in HEART_RATE_ZONES]}
    }


def stats(summaries: Sequence[tuple[Activity, Json]], now: datetime) -> Json:
    """Totals of the Everyone activities: the last four weeks, this year, all; other sports count nothing here."""
    runs = [(a, s) for a, s in summaries if a.sport_type in RUNS and a.visibility == "everyone"]
    recent = [s for a, s in runs if a.started_at > now - timedelta(weeks=4)]
    this_year = [s for a, s in runs if a.started_at.year == now.year]
    answer: Json = {"biggest_ride_distance": None, "biggest_climb_elevation_gain": None}
    for sport in ("ride", "run", "swim"):
        chosen = (recent, this_year, [s for _, s in runs]) if sport == "run" else ([], [], [])
        for which, part in zip(("recent", "ytd", "all"), chosen, strict=True):
            answer[f"{which}_{sport}_totals"] = _totals(part) | ({"achievement_count": 0} if which == "recent" else {})
    return answer


def _totals(summaries: Sequence[Json]) -> Json:
    return {
        "count": len(summaries),
        **{name: sum(s[name] for s in summaries) for name in ("distance", "moving_time", "elapsed_time")},
        "elevation_gain": sum(s["total_elevation_gain"] for s in summaries),
    }
