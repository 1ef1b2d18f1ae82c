"""Made-up routes, recordings and GPX files to measure with: nobody's, and the same in every run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from kernel.pace import ActivityFeatures, features_of_recording
from kernel.tracks import FloatArray, Recording

_START = datetime(2025, 1, 1, tzinfo=UTC)
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gpx creator="benchmark" version="1.1" xmlns="http://www.topografix.com/GPX/1/1"'
    ' xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v1">\n'
    " <trk>\n  <name>Made up</name>\n  <type>running</type>\n  <trkseg>\n"
)
_POINT = (
    '<trkpt lat="{lat:.7f}" lon="{lon:.7f}">\n <ele>{ele:.1f}</ele>\n <time>{at:%Y-%m-%dT%H:%M:%SZ}</time>\n'
    " <extensions><gpxtpx:TrackPointExtension><gpxtpx:hr>{hr}</gpxtpx:hr>"
    "</gpxtpx:TrackPointExtension></extensions>\n</trkpt>\n"
)
_TAIL = "  </trkseg>\n </trk>\n</gpx>\n"


def hills(length_m: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """Distances every 10 m and heights of a hilly route."""
    rng = np.random.default_rng(seed)
    distance_m = np.arange(0.0, length_m + 1.0, 10.0)
    waves = [(rng.uniform(5, 60), rng.uniform(800, 4000), rng.uniform(0, 6)) for _ in range(4)]
    elevation_m = np.full_like(distance_m, 800.0)
    for height, width, at in waves:
        elevation_m += height * np.sin(6.28 * distance_m / width + at)
    return distance_m, elevation_m


def made_up_history(count: int) -> list[ActivityFeatures]:
    """Features of runs of 5 to 30 km over hills, at about 6:00/km."""
    rng = np.random.default_rng(7)
    history = []
    for i in range(count):
        distance_m, elevation_m = hills(rng.uniform(5000, 30000), i)
        time_s = distance_m * 0.36 * np.exp(rng.normal(0, 0.07))
        recording = Recording(time_s, distance_m, elevation_m, _START + timedelta(days=2.0 * i))
        history.append(features_of_recording(recording, "trail_run"))
    return history


def made_up_gpx(points: int) -> bytes:
    """A winding timed track as a watch writes it, with heart rate: about 215 bytes a point."""
    rng = np.random.default_rng(3)
    heading = np.cumsum(rng.normal(0, 0.25, points))
    lat, lon = 43.2 + np.cumsum(np.cos(heading)) * 8e-5, 76.9 + np.cumsum(np.sin(heading)) * 1.1e-4
    at = np.arange(points)
    ele = 1100 + 200 * np.sin(at / 400) + 50 * np.sin(at / 90) + rng.normal(0, 0.3, points)
    rows = (
        _POINT.format(lat=lat[i], lon=lon[i], ele=ele[i], at=_START + timedelta(seconds=4 * i), hr=120 + i % 60)
        for i in range(points)
    )
    return (_HEAD + "".join(rows) + _TAIL).encode()
