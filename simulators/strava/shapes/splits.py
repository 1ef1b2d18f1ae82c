"""Splits, laps and best efforts: cuts of the track at its own samples."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np

from simulators.strava.shapes import Json
from simulators.strava.world.activity import RUNS, Activity, iso_z
from simulators.strava.world.track import Floats, RecordedTrack

MILE_M = 1609.344
_EFFORTS = (
    ("400m", 400), ("1/2 mile", 805), ("1K", 1000), ("1 mile", 1609), ("2 mile", 3219), ("5K", 5000), ("10K", 10000),
    ("15K", 15000), ("10 mile", 16090), ("20K", 20000), ("Half-Marathon", 21097), ("30K", 30000), ("Marathon", 42195),
)  # fmt: skip


def splits_of(track: RecordedTrack, sport_type: str, every_m: float) -> list[Json]:
    """One split per `every_m`, each ending at the first sample past its mark; the last one is what is left."""
    marks = np.arange(every_m, track.distance_m[-1], every_m)
    cuts = [0, *np.searchsorted(track.distance_m, marks, side="left").tolist(), track.size - 1]
    unique = sorted(set(cuts))
    return [_split(track, number, a, b, sport_type) for number, (a, b) in enumerate(pairwise(unique), 1)]


def _split(track: RecordedTrack, number: int, start: int, end: int, sport_type: str) -> Json:
    moving = track.moving_between(start, end)
    length = round(float(track.distance_m[end] - track.distance_m[start]), 1)
    altitude = track.altitude_m
    split: Json = {
        "distance": length,
        "elapsed_time": int(track.time_s[end] - track.time_s[start]),
        "elevation_difference": None if altitude is None else round(float(altitude[end] - altitude[start]), 1),
        "moving_time": moving,
        "split": number,
        "average_speed": round(length / moving, 2) if moving else 0,
        "average_grade_adjusted_speed": _gap_speed(track, start, end) if sport_type in RUNS else None,
        "pace_zone": 2 if sport_type in RUNS else 0,
    }
    if track.heartrate_bpm is not None:
        split["average_heartrate"] = float(np.nanmean(track.heartrate_bpm[start : end + 1]))
    return split


def _gap_speed(track: RecordedTrack, start: int, end: int) -> float | None:
    moving = track.moving_between(start, end)
    if track.gradient is None or not moving:
        return None
    steps = np.diff(track.distance_m[start : end + 1])
    flat_equivalent = float((steps * _gap_factor(track.gradient[start + 1 : end + 1])).sum())
    return round(flat_equivalent / moving, 2)


def _gap_factor(gradient: Floats) -> Floats:
    """Relative effort at a gradient for the GAP the simulated Strava shows (quadratic, clipped at +-45 %)."""
    clipped = np.clip(gradient, -0.45, 0.45)
    return np.maximum(1.0 + 2.9 * clipped + 14.0 * clipped * clipped, 0.75)


_OF_THE_WHOLE = (
    "elapsed_time", "moving_time", "start_date", "start_date_local", "distance", "max_speed", "total_elevation_gain",
    "average_cadence", "average_heartrate", "max_heartrate",
)  # fmt: skip


def laps_of(activity: Activity, summary: Json) -> list[Json]:
    """One lap over the whole activity, as when the lap button was never pressed."""
    lap = {"id": activity.id * 3 + 1, "resource_state": 2, "name": "Lap 1", "lap_index": 1, "split": 1}
    whole: Json = {
        **_owner(activity),
        **{name: summary[name] for name in _OF_THE_WHOLE if name in summary},
        "average_speed": round(summary["average_speed"], 2),
        "start_index": 0,
        "end_index": 0 if activity.track is None else activity.track.size - 1,
        "device_watts": False,
    }
    return [lap | whole]


def best_efforts_of(activity: Activity, track: RecordedTrack) -> list[Json]:
    """The fastest stretch of each standard length that fits into a run; nothing for other sports."""
    return [
        _best_effort(activity, track, index, name, metres)
        for index, (name, metres) in enumerate(_EFFORTS)
        if activity.sport_type in RUNS and track.length_m >= metres
    ]


def _best_effort(activity: Activity, track: RecordedTrack, index: int, name: str, metres: int) -> Json:
    ends = np.searchsorted(track.distance_m, track.distance_m + metres, side="left")
    starts = np.flatnonzero(ends < track.size)
    if starts.size:
        taken = track.time_s[ends[starts]] - track.time_s[starts]
        start = int(starts[int(taken.argmin())])
        end = int(ends[start])
    else:
        start, end = 0, track.size - 1
    begin = timedelta(seconds=int(track.time_s[start]))
    return {
        "id": activity.id * 20 + index,
        "resource_state": 2,
        "name": name,
        **_owner(activity),
        "elapsed_time": int(track.time_s[end] - track.time_s[start]),
        "moving_time": track.moving_between(start, end),
        "start_date": iso_z(activity.shown_start + begin),
        "start_date_local": iso_z(activity.shown_local_start + begin),
        "distance": metres,
        "pr_rank": None,
        "achievements": [],
        "start_index": start,
        "end_index": end,
    }


def _owner(activity: Activity) -> Json:
    return {
        "activity": {"id": activity.id, "visibility": activity.visibility, "resource_state": 1},
        "athlete": {"id": activity.athlete_id, "resource_state": 1},
    }
