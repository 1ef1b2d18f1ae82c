"""Uploaded track files as activities: one sample per second, as Strava keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.contracts.activity import SportTag
from kernel.tracks import BadTrack
from simulators.strava.world.track import METRES_PER_DEGREE, Floats, RecordedTrack
from trackfiles import ReadTrack, other_sport_of_word, read_track

_SPORT_TYPES: Final[dict[SportTag, str]] = {"run": "Run", "trail_run": "TrailRun", "hike": "Hike", "walk": "Walk"}
_OTHER_TYPES: Final = {"ride": "Ride", "swim": "Swim"}


class UnreadableFile(Exception):
    """The file gives no activity; `str()` is the sentence shown as the upload's error."""


@dataclass(frozen=True, slots=True)
class FileActivity:
    """What a file says about one activity."""

    started_at: datetime
    track: RecordedTrack
    name: str | None = None
    sport_type: str | None = None


def read_activity(content: bytes, data_type: str) -> FileActivity:
    """The activity in a GPX, TCX or FIT file, gzipped or not; `data_type` is what the sender calls it.

    Raises UnreadableFile.
    """
    if not content:
        raise UnreadableFile("The file is empty.")
    try:
        read = read_track(content, f"upload.{data_type}")
    except BadTrack as bad:
        raise UnreadableFile(f"The file is malformed: {bad}") from bad
    track = read.track
    if track.time_s is None:
        raise UnreadableFile("Time information is missing from file.")
    started_at = datetime.fromtimestamp(float(track.time_s.min()), UTC)
    return FileActivity(started_at, _aligned(track.time_s, _columns(read)), track.name, _sport_type(read))


def _sport_type(read: ReadTrack) -> str | None:
    other = _OTHER_TYPES.get(other_sport_of_word(read.sport_word) or "")
    return other if read.sport is None else _SPORT_TYPES[read.sport]


def _columns(read: ReadTrack) -> dict[str, Floats]:
    columns = {"lat": read.track.lat_deg, "lon": read.track.lon_deg, **read.sensors}
    if read.track.elevation_m is not None:
        columns["altitude"] = read.track.elevation_m
    if read.device_distance_m is not None:
        columns["distance"] = read.device_distance_m
    return columns


def _aligned(time_s: Floats, columns: dict[str, Floats]) -> RecordedTrack:
    """One sample per second that was recorded, in order, with small gaps in a column filled along time."""
    seconds = np.round(time_s - time_s.min()).astype(np.int64)
    unique, first = np.unique(seconds, return_index=True)
    if unique.size < 2:
        raise UnreadableFile("The file has fewer than two timed points.")
    filled = {name: _filled(unique, values[first]) for name, values in columns.items()}
    distance = filled.get("distance")
    distance = _path_length(filled) if distance is None else np.maximum.accumulate(distance - distance[0])
    speed = np.diff(distance, prepend=distance[0]) / np.maximum(np.diff(unique, prepend=unique[0] - 1), 1)
    return RecordedTrack(
        time_s=unique,
        distance_m=np.round(distance, 1),
        moving=speed > 0.3,
        lat_deg=filled.get("lat"),
        lon_deg=filled.get("lon"),
        altitude_m=filled.get("altitude"),
        heartrate_bpm=filled.get("heartrate"),
        cadence_rpm=filled.get("cadence"),
        temperature_c=filled.get("temperature"),
    )


def _filled(time_s: NDArray[np.int64], values: Floats) -> Floats:
    known = ~np.isnan(values)
    if not known.any():
        return np.zeros_like(values)
    return np.interp(time_s, time_s[known], values[known])


def _path_length(columns: dict[str, Floats]) -> Floats:
    north = np.diff(columns["lat"]) * METRES_PER_DEGREE
    east = np.diff(columns["lon"]) * METRES_PER_DEGREE * np.cos(np.radians(columns["lat"][:-1]))
    return np.concatenate([[0.0], np.cumsum(np.hypot(north, east))])
