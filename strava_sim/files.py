"""Track files as activities: GPX through the kernel, FIT through fitdecode, gzip of both."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import fitdecode
import numpy as np
from numpy.typing import NDArray

from kernel.tracks import BadGpx, read_gpx
from strava_sim.generator.course import METRES_PER_DEGREE
from strava_sim.generator.noise import Floats
from strava_sim.track import RecordedTrack

MAX_FILE_BYTES = 25 * 1024 * 1024
_SEMICIRCLE_DEG = 180.0 / 2**31
_FIT_ERRORS = (fitdecode.FitError, struct.error, ValueError, KeyError, TypeError, IndexError, AssertionError)
_FIT_SPORT = {
    "running": "Run",
    "hiking": "Hike",
    "walking": "Walk",
    "cycling": "Ride",
    "swimming": "Swim",
}
_GPX_SPORT = {
    **_FIT_SPORT,
    "run": "Run",
    "trail_running": "TrailRun",
    "trail running": "TrailRun",
    "hike": "Hike",
    "walk": "Walk",
}


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
    """The activity in a `gpx`, `fit`, `gpx.gz` or `fit.gz` file. Raises UnreadableFile."""
    if data_type.endswith(".gz"):
        content, data_type = _unzipped(content), data_type.removesuffix(".gz")
    if not content:
        raise UnreadableFile("The file is empty.")
    if data_type == "gpx":
        return _from_gpx(content)
    if data_type == "fit":
        return _from_fit(content)
    raise UnreadableFile(f"Files of the type {data_type} are not understood; send gpx or fit.")


def _unzipped(content: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            plain = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as broken:
        raise UnreadableFile("The file is malformed: it cannot be unpacked.") from broken
    if len(plain) > MAX_FILE_BYTES:
        raise UnreadableFile("The file is too large once unpacked.")
    return plain


def _from_gpx(content: bytes) -> FileActivity:
    try:
        track = read_gpx(content)
    except BadGpx as bad:
        raise UnreadableFile(f"The file is malformed: {bad}") from bad
    if track.time_s is None:
        raise UnreadableFile("Time information is missing from file.")
    columns = {"lat": track.lat_deg, "lon": track.lon_deg}
    if track.elevation_m is not None:
        columns["altitude"] = track.elevation_m
    recorded = _aligned(track.time_s, columns)
    sport = _GPX_SPORT.get((track.sport or "").strip().lower())
    return FileActivity(datetime.fromtimestamp(float(track.time_s.min()), UTC), recorded, track.name, sport)


def _from_fit(content: bytes) -> FileActivity:
    rows: list[tuple[Any, ...]] = []
    sport = None
    try:
        with _fit_reader(content) as reader:
            for frame in reader:
                if not isinstance(frame, fitdecode.FitDataMessage):
                    continue
                if frame.name == "record":
                    rows.append(tuple(frame.get_value(name, fallback=None) for name in _FIT_FIELDS))
                elif frame.name == "session":
                    sport = _fit_sport(frame)
    except _FIT_ERRORS as broken:
        raise UnreadableFile("The file is malformed: it is no readable FIT file.") from broken
    return _from_fit_rows(rows, sport)


_FIT_FIELDS = (
    "timestamp", "position_lat", "position_long", "enhanced_altitude", "altitude", "distance", "heart_rate", "cadence",
    "temperature",
)  # fmt: skip


def _fit_reader(content: bytes) -> Any:
    """A reader that passes over what it does not know, without warnings and checksums, as Strava does."""
    handling, checksums = fitdecode.ErrorHandling.IGNORE, fitdecode.CrcCheck.DISABLED
    return fitdecode.FitReader(io.BytesIO(content), error_handling=handling, check_crc=checksums)


def _fit_sport(frame: Any) -> str | None:
    names = [str(frame.get_value(name, fallback="") or "") for name in ("sub_sport", "sport")]
    trail = names[0] == "trail" and names[1] == "running"
    return "TrailRun" if trail else _FIT_SPORT.get(names[1])


def _from_fit_rows(rows: list[tuple[Any, ...]], sport: str | None) -> FileActivity:
    rows = [row for row in rows if isinstance(row[0], datetime)]
    if len(rows) < 2:
        raise UnreadableFile("The file has fewer than two timed points.")
    column = [np.array([_number(row[i]) for row in rows]) for i in range(1, len(_FIT_FIELDS))]
    named = {
        "lat": column[0] * _SEMICIRCLE_DEG,
        "lon": column[1] * _SEMICIRCLE_DEG,
        "altitude": np.where(np.isnan(column[2]), column[3], column[2]),
        "distance": column[4],
        "heartrate": column[5],
        "cadence": column[6],
        "temperature": column[7],
    }
    times = np.array([row[0].replace(tzinfo=row[0].tzinfo or UTC).timestamp() for row in rows])
    known = {name: values for name, values in named.items() if not np.isnan(values).all()}
    return FileActivity(datetime.fromtimestamp(float(times.min()), UTC), _aligned(times, known), sport_type=sport)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


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
    if "lat" not in columns or "lon" not in columns:
        raise UnreadableFile("The file has neither positions nor distances.")
    north = np.diff(columns["lat"]) * METRES_PER_DEGREE
    east = np.diff(columns["lon"]) * METRES_PER_DEGREE * np.cos(np.radians(columns["lat"][:-1]))
    length: Floats = np.concatenate([[0.0], np.cumsum(np.hypot(north, east))])
    return length
