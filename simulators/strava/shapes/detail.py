"""DetailedActivity and the zones of one activity."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulators.strava.records import Activity, ManualEntry
from simulators.strava.shapes.splits import MILE_M, best_efforts_of, laps_of, splits_of
from simulators.strava.shapes.summary import DETAIL_POINTS, line_of, summary_of
from simulators.strava.track import RecordedTrack

Json = dict[str, Any]

_SPLIT_SPORTS = frozenset({"Run", "TrailRun", "VirtualRun", "Hike", "Walk", "Snowshoe", "Swim"})
HEART_RATE_ZONES = ((0, 111), (111, 139), (139, 152), (152, 166), (166, -1))


def detail_of(activity: Activity, track: RecordedTrack | None, weight_kg: float) -> Json:
    """The answer of GET /activities/{id}; splits are absent for a manual activity."""
    detail = summary_of(activity, track)
    detail["resource_state"] = 3
    detail["map"] = {**detail["map"], "polyline": line_of(track, DETAIL_POINTS), "resource_state": 3}
    detail |= {
        "description": activity.description,
        "calories": round(detail["distance"] / 1000 * weight_kg * 0.98, 1),
        "perceived_exertion": None,
        "prefer_perceived_exertion": None,
        "segment_efforts": [],
        "laps": laps_of(activity, track, detail),
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
    if isinstance(activity.source, ManualEntry):
        del detail["laps"]
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
    return [
        {
            "score": 100.0,
            "distribution_buckets": buckets,
            "type": "heartrate",
            "resource_state": 3,
            "sensor_based": True,
            "points": 100,
            "custom_zones": False,
        }
    ]
