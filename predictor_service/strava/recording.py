"""Streams and kilometre splits as the kernel's measurements."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from kernel.tracks import Recording
from predictor_service.strava.answers import FloatStream, PlaceStream, Streams

MIN_POINTS = 10


def recording_of(streams: Streams, started_at: datetime) -> Recording | None:
    """The recording in the streams; None without usable time, distance and height.

    Points without a time or a distance are dropped; heights and places that are null are filled along the distance.
    """
    time_s, distance_m, elevation_m = _floats(streams.time), _floats(streams.distance), _floats(streams.altitude)
    length = len(time_s)
    if length < MIN_POINTS or len(distance_m) != length or len(elevation_m) != length:
        return None
    usable = np.isfinite(time_s) & np.isfinite(distance_m)
    time_s, distance_m, elevation_m = time_s[usable], distance_m[usable], elevation_m[usable]
    measured = np.isfinite(elevation_m)
    if measured.sum() < MIN_POINTS:
        return None
    time_s, distance_m = np.maximum.accumulate(time_s), np.maximum.accumulate(distance_m)
    lat_deg, lon_deg = _places(streams.latlng, length, usable)
    return Recording(
        time_s=time_s - time_s[0],
        distance_m=distance_m - distance_m[0],
        elevation_m=np.interp(distance_m, distance_m[measured], elevation_m[measured]),
        started_at=started_at,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
    )


def _floats(stream: FloatStream | None) -> NDArray[np.float64]:
    return np.array([] if stream is None else stream.data, dtype=np.float64)


def _places(
    stream: PlaceStream | None, length: int, usable: NDArray[np.bool_]
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Positions of the usable points; none at all when one in twenty is unknown: a guessed path has guessed turns."""
    if stream is None or len(stream.data) != length:
        return None, None
    pairs = [(np.nan, np.nan) if place is None or place == (0, 0) else place for place in stream.data]
    places = np.array(pairs, dtype=np.float64)[usable]
    known = np.isfinite(places).all(axis=1)
    if known.mean() < 0.95:
        return None, None
    index = np.arange(len(places))
    lat, lon = (np.interp(index, index[known], places[known, axis]) for axis in (0, 1))
    return lat, lon
