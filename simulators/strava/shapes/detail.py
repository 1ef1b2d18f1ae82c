"""DetailedActivity and the zones of one activity."""

from __future__ import annotations

import numpy as np

from simulators.strava.shapes import Json
from simulators.strava.shapes.line import line_of
from simulators.strava.shapes.splits import MILE_M, best_efforts_of, laps_of, splits_of
from simulators.strava.shapes.summary import summary_of
from simulators.strava.world.activity import Activity
from simulators.strava.world.track import RecordedTrack

_DETAIL_POINTS = 2500

_SPLIT_SPORTS = frozenset({"Run", "TrailRun", "VirtualRun", "Hike", "Walk", "Snowshoe", "Swim"})
HEART_RATE_ZONES = ((0, 111), (111, 139), (139, 152), (152, 166), (166, -1))


def detail_of(activity: Activity, weight_kg: float) -> Json:
    """The answer of GET /activities/{id}; splits and laps are absent for a manual activity."""
    track, detail = activity.track, summary_of(activity)
    detail["map"] |= {"polyline": line_of(track, _DETAIL_POINTS), "resource_state": 3}
    detail |= {
        "resource_state": 3,
        "description": activity.description,
        "calories": round(detail["distance"] / 1000 * weight_kg * 0.98, 1),
        "perceived_exertion": None,
        "prefer_perceived_exertion": None,
        "segment_efforts": [],
        "best_efforts": [] if track is None else best_efforts_of(activity, track),
        "photos": None,
        "stats_visibility": [
            {"type": what, "visibility": "everyone"} for what in ("heart_rate", "pace", "power", "speed", "calories")
        ],
        "hide_from_home": False,
        "embed_token": f"{activity.id:040x}",
        "similar_activities": _similar(detail["average_speed"]),
        "available_zones": ["heartrate", "pace"] if detail["has_heartrate"] else ["pace"],
    }
    if track is not None and activity.sport_type in _SPLIT_SPORTS:
        detail["splits_metric"] = splits_of(track, activity.sport_type, 1000.0)
        detail["splits_standard"] = splits_of(track, activity.sport_type, MILE_M)
    if track is not None:
        detail["laps"] = laps_of(activity, detail)
    return detail


def _similar(average_speed: float) -> Json:
    return {
        "effort_count": 1,
        **{f"{which}average_speed": average_speed for which in ("", "min_", "mid_", "max_")},
        "pr_rank": None,
        "frequency_milestone": None,
        "trend": {"speeds": [average_speed], "current_activity_index": 0, "direction": 0},
        "resource_state": 2,
    }


def zones_of(track: RecordedTrack | None) -> list[Json]:
    """Seconds per heart-rate zone; an empty list without heart rate."""
    if track is None or track.heartrate_bpm is None:
        return []
    seconds = np.diff(track.time_s, prepend=track.time_s[0]) * track.moving
    buckets = []
    for low, high in HEART_RATE_ZONES:
        inside = (track.heartrate_bpm >= low) & ((track.heartrate_bpm < high) if high > 0 else True)
        buckets.append({"min": low, "max": high, "time": float(seconds[inside].sum())})
    found = {"type": "heartrate", "resource_state": 3, "sensor_based": True, "custom_zones": False}
    return [{"score": 100.0, "points": 100, "distribution_buckets": buckets, **found}]
