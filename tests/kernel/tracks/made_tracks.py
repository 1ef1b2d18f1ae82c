"""Tracks that never were, for laws that hold for any track."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from kernel.tracks import Track
from kernel.tracks.distance import EARTH_RADIUS_M
from kernel.tracks.track import FloatArray

METRE_DEG = np.degrees(1 / EARTH_RADIUS_M)


def track_of(north_m: FloatArray, east_m: FloatArray, elevation_m: FloatArray | None, lat: float = 0.0) -> Track:
    scale = METRE_DEG / np.cos(np.radians(lat))
    return Track(lat_deg=lat + north_m * METRE_DEG, lon_deg=8 + east_m * scale, elevation_m=elevation_m, time_s=None)


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    """A wandering track of 30 to 120 points, 5 to 60 m apart, with hills."""
    count = draw(st.integers(30, 120))
    seed = np.random.default_rng(draw(st.integers(0, 2**32)))
    heading = np.cumsum(seed.normal(0, draw(st.floats(0, 1.5)), count))
    step = seed.uniform(5, 60, count)
    height = 1000 + np.cumsum(seed.normal(0, draw(st.floats(0.1, 8)), count))
    latitude = draw(st.floats(-70, 70))
    return track_of(np.cumsum(step * np.cos(heading)), np.cumsum(step * np.sin(heading)), height, latitude)


def reversed_track(track: Track) -> Track:
    assert track.elevation_m is not None
    return replace(track, lat_deg=track.lat_deg[::-1], lon_deg=track.lon_deg[::-1], elevation_m=track.elevation_m[::-1])


def densified(track: Track, times: int) -> Track:
    assert track.elevation_m is not None
    at = np.arange(len(track.lat_deg))
    fine = np.linspace(0, at[-1], at[-1] * times + 1)
    lat, lon, ele = (np.interp(fine, at, column) for column in (track.lat_deg, track.lon_deg, track.elevation_m))
    return replace(track, lat_deg=lat, lon_deg=lon, elevation_m=ele)
