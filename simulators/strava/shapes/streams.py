"""Stream sets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulators.strava.shapes import Json
from simulators.strava.world.track import RecordedTrack

STREAM_KEYS = (
    "time", "distance", "latlng", "altitude", "velocity_smooth", "heartrate", "cadence", "watts", "temp", "moving",
    "grade_smooth",
)  # fmt: skip
_LOST_WITH_THE_SIGNAL = ("lat_deg", "lon_deg", "altitude_m", "heartrate_bpm", "temperature_c")


def streams_of(track: RecordedTrack, keys: list[str]) -> dict[str, Json]:
    """The requested streams the device recorded, in the order Strava knows them; unknown keys are ignored.

    What is lost is NaN, which JSON has as null.
    """
    found = {key: _data(track, key) for key in STREAM_KEYS if key in keys}
    return {
        key: {"data": data, "series_type": "distance", "original_size": track.size, "resolution": "high"}
        for key, data in found.items()
        if data is not None
    }


def with_gaps(track: RecordedTrack) -> RecordedTrack:
    """The track with nothing but time and distance in its fifth tenth, as after a lost signal."""
    lost = slice(track.size * 4 // 10, track.size * 5 // 10)

    def holed(column: NDArray[Any]) -> NDArray[Any]:
        copy = column.astype(np.float64)
        copy[lost] = np.nan
        return copy

    return track.changed(holed, _LOST_WITH_THE_SIGNAL)


def _data(track: RecordedTrack, key: str) -> list[Any] | None:
    if key == "latlng":
        places = track.places_deg
        return None if places is None else [None if np.isnan(place[0]) else place for place in places.tolist()]
    column = {
        "time": track.time_s,
        "distance": track.distance_m,
        "altitude": track.altitude_m,
        "velocity_smooth": np.round(track.velocity_m_per_s, 3),
        "moving": track.moving,
        "grade_smooth": None if track.gradient is None else np.round(track.gradient * 100, 1),
    }.get(key)
    if column is not None:
        listed: list[Any] = column.tolist()
        return listed
    whole = {"heartrate": track.heartrate_bpm, "cadence": track.cadence_rpm, "temp": track.temperature_c}.get(key)
    return None if whole is None else [None if v != v else int(v) for v in whole.tolist()]  # noqa: PLR0124 - NaN
