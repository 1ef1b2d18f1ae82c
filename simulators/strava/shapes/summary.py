"""SummaryActivity and the fields it shares with DetailedActivity."""

from __future__ import annotations

import numpy as np

from simulators.strava.shapes import Json
from simulators.strava.shapes.line import SUMMARY_POINTS, line_of
from simulators.strava.world.activity import Activity, ManualEntry, iso_z
from simulators.strava.world.track import RecordedTrack


def summary_of(activity: Activity) -> Json:
    """One element of the list."""
    track = activity.track
    measured = _manual_measures(activity) if track is None else _measures(track)
    return {
        "resource_state": 2,
        "athlete": {"id": activity.athlete_id, "resource_state": 1},
        "name": activity.name,
        "type": activity.type,
        "sport_type": activity.sport_type,
        **({} if activity.sport_type in {"Hike", "Walk"} else {"workout_type": activity.workout_type}),
        "id": activity.id,
        "start_date": iso_z(activity.shown_start),
        "start_date_local": iso_z(activity.shown_local_start),
        "timezone": activity.timezone,
        "utc_offset": float(activity.utc_offset_s),
        **{f"location_{part}": None for part in ("city", "state", "country")},
        **{f"{what}_count": 0 for what in ("achievement", "kudos", "comment", "photo", "pr", "total_photo")},
        "athlete_count": 1,
        "trainer": activity.trainer,
        "manual": activity.manual,
        "private": activity.visibility == "only_me",
        "visibility": activity.visibility,
        **dict.fromkeys(("commute", "flagged", "from_accepted_tag", "has_kudoed"), False),
        "gear_id": None,
        **measured,
        "map": {"id": f"a{activity.id}", "summary_polyline": line_of(track, SUMMARY_POINTS), "resource_state": 2},
        "heartrate_opt_out": False,
        "display_hide_heartrate_option": measured["has_heartrate"],
        "upload_id": activity.upload_id,
        **({} if activity.upload_id is None else {"upload_id_str": str(activity.upload_id)}),
        "external_id": activity.external_id,
        **({"device_name": activity.device_name} if activity.device_name else {}),
    }


def _manual_measures(activity: Activity) -> Json:
    entry = activity.source
    if not isinstance(entry, ManualEntry):
        raise TypeError("An activity without a track must be a manual one.")
    return {
        "distance": round(entry.distance_m, 1),
        "moving_time": entry.elapsed_time_s,
        "elapsed_time": entry.elapsed_time_s,
        "total_elevation_gain": 0,
        "start_latlng": [],
        "end_latlng": [],
        "average_speed": round(entry.distance_m / max(entry.elapsed_time_s, 1), 3),
        "max_speed": 0,
        "has_heartrate": False,
    }


def _measures(track: RecordedTrack) -> Json:
    ends = [[], []] if track.places_deg is None else track.places_deg[[0, -1]].tolist()
    measured: Json = {
        "distance": round(track.length_m, 1),
        "moving_time": track.moving_time_s,
        "elapsed_time": track.elapsed_time_s,
        "total_elevation_gain": round(track.gain_m, 1),
        "start_latlng": ends[0],
        "end_latlng": ends[1],
        "average_speed": round(track.length_m / max(track.moving_time_s, 1), 3),
        "max_speed": round(float(track.velocity_m_per_s.max()), 2),
        **_body(track),
    }
    if track.altitude_m is not None:
        measured["elev_high"] = round(float(np.nanmax(track.altitude_m)), 1)
        measured["elev_low"] = round(float(np.nanmin(track.altitude_m)), 1)
    return measured


def _body(track: RecordedTrack) -> Json:
    fields: Json = {"has_heartrate": track.heartrate_bpm is not None}
    if track.heartrate_bpm is not None:
        beats = track.heartrate_bpm
        fields["average_heartrate"] = round(float(np.nanmean(beats)), 1)
        fields["max_heartrate"] = float(np.nanmax(beats))
        fields["suffer_score"] = round(track.moving_time_s / 3600 * max(fields["average_heartrate"] - 90, 5) * 1.4)
    if track.cadence_rpm is not None and bool((track.cadence_rpm > 0).any()):
        fields["average_cadence"] = round(float(track.cadence_rpm[track.cadence_rpm > 0].mean()), 1)
    if track.temperature_c is not None:
        fields["average_temp"] = round(float(np.nanmean(track.temperature_c)))
    return fields
