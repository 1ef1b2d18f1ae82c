"""Stream sets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulators.strava.noise import Floats
from simulators.strava.track import RecordedTrack

Json = dict[str, Any]

STREAM_KEYS = (
    "time", "distance", "latlng", "altitude", "velocity_smooth", "heartrate", "cadence", "watts", "temp", "moving",
    "grade_smooth",
)  # fmt: skip


def streams_of(track: RecordedTrack, keys: list[str]) -> dict[str, Json]:
    """The requested streams the device recorded, in the order Strava knows them; unknown keys are ignored."""
    wanted = set(keys)
    found = {key: _data(track, key) for key in STREAM_KEYS if key in wanted}
    return {
        key: {"data": data, "series_type": "distance", "original_size": track.size, "resolution": "high"}
        for key, data in found.items()
        if data is not None
    }


def with_gaps(track: RecordedTrack) -> RecordedTrack:
    """The track with nothing but time and distance in its fifth tenth, as after a lost signal."""
    lost = slice(track.size * 4 // 10, track.size * 5 // 10)

    def holed(column: Floats | None) -> Floats | None:
        if column is None:
            return None
        copy = column.astype(np.float64)
        copy[lost] = np.nan
        return copy

    return replace(
        track,
        lat_deg=holed(track.lat_deg),
        lon_deg=holed(track.lon_deg),
        altitude_m=holed(track.altitude_m),
        heartrate_bpm=holed(track.heartrate_bpm),
        temperature_c=holed(track.temperature_c),
    )


def as_list(streams: dict[str, Json]) -> list[Json]:
    """The form without key_by_type."""
    return [{"type": key, **stream} for key, stream in streams.items()]


def _data(track: RecordedTrack, key: str) -> list[Any] | None:
    if key == "latlng":
        return _latlng(track)
    if key == "grade_smooth":
        return None if track.gradient is None else _numbers(np.round(track.gradient * 100, 1))
    column = {
        "time": track.time_s,
        "distance": track.distance_m,
        "altitude": track.altitude_m,
        "velocity_smooth": np.round(track.velocity_m_per_s, 3),
        "moving": track.moving,
    }.get(key)
    if column is not None:
        return _numbers(column)
    whole = {"heartrate": track.heartrate_bpm, "cadence": track.cadence_rpm, "temp": track.temperature_c}.get(key)
    return None if whole is None else [None if v != v else int(v) for v in whole.tolist()]  # noqa: PLR0124 - NaN


def _numbers(column: NDArray[Any]) -> list[Any]:
    if column.dtype.kind != "f":
        listed: list[Any] = column.tolist()
        return listed
    return [None if v != v else v for v in column.tolist()]  # noqa: PLR0124 - NaN becomes null


def _latlng(track: RecordedTrack) -> list[Any] | None:
    if track.lat_deg is None or track.lon_deg is None:
        return None
    points = np.column_stack([track.lat_deg, track.lon_deg]).tolist()
    return [None if p[0] != p[0] else p for p in points]
