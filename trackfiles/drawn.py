"""A course for those who have no GPX at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import gpxpy.gpx
import numpy as np

EARTH_RADIUS_M: Final = 6_371_000.0
NAME: Final = "Two cols above the lake (drawn by the demo)"
_NOWHERE: Final[Mapping[str, float]] = {}


def draw_course(
    length_m: float = 18_000, step_m: float = 15, *, name: str = NAME, places: Mapping[str, float] = _NOWHERE
) -> bytes:
    """A closed mountain course of two climbs, as GPX 1.1; `places` are waypoints by their share of the way.

    The ground is a sum of smooth hills, the plan an ellipse with switchbacks on the climbs.
    """
    share = np.linspace(0.0, 1.0, int(length_m / step_m) + 1)
    first, second = np.exp(-(((share - 0.3) / 0.11) ** 2)), np.exp(-(((share - 0.68) / 0.09) ** 2))
    ripple = 6 * np.sin(share * 90) + 4 * np.sin(share * 47 + 1)
    elevation_m = 1_150 + 640 * first + 430 * second + ripple * np.sin(np.pi * share)
    angle = 2 * np.pi * share
    zigzag_m = 45 * np.sin(share * 500) * np.maximum(first, second)
    radius_m = length_m / 8.5
    north_m = (radius_m * 0.6 + zigzag_m) * np.sin(angle)
    east_m = (radius_m * 1.3 + zigzag_m) * np.cos(angle)
    latitude = 43.0 + np.degrees(north_m / EARTH_RADIUS_M)
    longitude = 77.0 + np.degrees(east_m / (EARTH_RADIUS_M * np.cos(np.radians(43.0))))
    points = list(zip(latitude.tolist(), longitude.tolist(), elevation_m.tolist(), strict=True))
    return _write(name, points, {place: points[round(at * (len(points) - 1))] for place, at in places.items()})


def _write(
    name: str, points: Sequence[tuple[float, float, float]], places: Mapping[str, tuple[float, float, float]]
) -> bytes:
    segment = gpxpy.gpx.GPXTrackSegment()
    for lat, lon, ele in points:
        segment.points.append(gpxpy.gpx.GPXTrackPoint(round(lat, 6), round(lon, 6), elevation=round(ele, 1)))
    track = gpxpy.gpx.GPXTrack(name=name)
    track.segments.append(segment)
    document = gpxpy.gpx.GPX()
    document.creator = "ayda demo"
    for place, (lat, lon, ele) in places.items():
        document.waypoints.append(gpxpy.gpx.GPXWaypoint(round(lat, 6), round(lon, 6), round(ele, 1), name=place))
    document.tracks.append(track)
    return document.to_xml(version="1.1").encode()
