"""From a GPX to what is kept of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import msgspec

from kernel.contracts.prediction import CheckpointRequest
from kernel.forecast import Place, checkpoints_of_waypoints
from kernel.tracks import RouteGeometry, Track, read_gpx, route_from_track

_DIGITS: Final = 1


@dataclass(frozen=True, slots=True)
class Course:
    """What is kept of a GPX; named as the columns of its row."""

    content_hash: str
    name: str | None
    points: int
    geometry: bytes
    checkpoints: bytes
    start_lat_deg: float
    start_lon_deg: float


@dataclass(frozen=True, slots=True)
class Ground:
    """What a forecast needs to know of a course."""

    geometry: RouteGeometry
    checkpoints: list[CheckpointRequest]
    place: Place | None


def ground_of(track: Track) -> Ground:
    """The ground of a track, its start to a tenth of a degree. Raises BadGpx or NoElevation."""
    geometry = route_from_track(track)
    return Ground(geometry, checkpoints_of_waypoints(track, geometry), _start_of(track))


def ground_of_gpx(content: bytes) -> Ground:
    """The ground of a GPX. Raises BadGpx or NoElevation. Takes CPU: call it in a thread."""
    return ground_of(read_gpx(content))


def read_course(content: bytes) -> Course:
    """The course in a GPX. Raises BadGpx or NoElevation. Takes CPU: call it in a thread."""
    track = read_gpx(content)
    ground = ground_of(track)
    place = _start_of(track)
    return Course(
        content_hash=hashlib.sha256(content).hexdigest(),
        name=track.name,
        points=len(track.lat_deg),
        geometry=ground.geometry.to_bytes(),
        checkpoints=msgspec.json.encode(ground.checkpoints),
        start_lat_deg=place.lat_deg,
        start_lon_deg=place.lon_deg,
    )


def _start_of(track: Track) -> Place:
    return Place(round(float(track.lat_deg[0]), _DIGITS), round(float(track.lon_deg[0]), _DIGITS))


def stored_ground(geometry: bytes, checkpoints: bytes | None, place: tuple[float | None, float | None]) -> Ground:
    """The ground of a stored course."""
    lat_deg, lon_deg = place
    return Ground(
        geometry=RouteGeometry.from_bytes(geometry),
        checkpoints=[] if checkpoints is None else msgspec.json.decode(checkpoints, type=list[CheckpointRequest]),
        place=None if lat_deg is None or lon_deg is None else Place(lat_deg, lon_deg),
    )
