"""The named places of a GPX as checkpoints."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from kernel.contracts.prediction import CheckpointRequest
from kernel.tracks import RouteGeometry, Track, Waypoint
from kernel.tracks.distance import EARTH_RADIUS_M, cumulative_m, step_lengths_m
from kernel.tracks.track import FloatArray

MOST_CHECKPOINTS: Final = 200
NEAR_M: Final = 100.0

_MOST_LOOKED_AT: Final = 500
_STEP_M: Final = 20.0
_LONGEST_NAME: Final = 80


def checkpoints_of_waypoints(track: Track, route: RouteGeometry) -> list[CheckpointRequest]:
    """Named waypoints within 100 m of the track, in track order; at most 200, of the first 500 in the file.

    Where the track passes a waypoint several times, it stands at the first pass that is not before the waypoint listed
    before it, or at the first of all if there is none.
    """
    named = [place for place in track.waypoints if place.name.strip()][:_MOST_LOOKED_AT]
    if not named:
        return []
    distance_m = cumulative_m(step_lengths_m(track.lat_deg, track.lon_deg))
    at_m = np.linspace(0.0, float(distance_m[-1]), max(2, math.ceil(distance_m[-1] / _STEP_M) + 1))
    path = np.column_stack([np.interp(at_m, distance_m, axis) for axis in _on_sphere(track.lat_deg, track.lon_deg)])
    path /= np.linalg.norm(path, axis=1, keepdims=True)
    checkpoints, reached_m = [], 0.0
    for place in named:
        passes = _passes(place, path, at_m)
        if not len(passes):
            continue
        later = passes[passes >= reached_m - NEAR_M]
        here_m = min(float((later if len(later) else passes)[0]), route.length_m)
        reached_m = max(reached_m, here_m)
        checkpoints.append(CheckpointRequest(name=place.name.strip()[:_LONGEST_NAME], at_m=round(here_m, 1)))
    return sorted(checkpoints, key=lambda c: c.at_m)[:MOST_CHECKPOINTS]


def _on_sphere(lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit vectors, so that neither the antimeridian nor a pole is special."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    return np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)


def _passes(place: Waypoint, path: FloatArray, at_m: FloatArray) -> FloatArray:
    """Metres from the start where the path is nearest to the place, once for each time it comes within 100 m."""
    spot = np.array(_on_sphere(np.array(place.lat_deg), np.array(place.lon_deg)))
    off_m = EARTH_RADIUS_M * np.sqrt(np.maximum(2.0 - 2.0 * (path @ spot), 0.0))
    near = np.flatnonzero(off_m <= NEAR_M)
    if not len(near):
        return near.astype(np.float64)
    each = np.split(near, np.flatnonzero(np.diff(near) > 1) + 1)
    return np.array([at_m[run[int(np.argmin(off_m[run]))]] for run in each])
