"""From a GPX to what is kept of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from kernel.tracks import read_gpx, route_from_track


@dataclass(frozen=True, slots=True)
class Course:
    """What is kept of a GPX."""

    content_hash: str
    name: str | None
    points: int
    geometry: bytes


def read_course(content: bytes) -> Course:
    """The course in a GPX. Raises BadGpx or NoElevation. Takes CPU: call it in a thread."""
    track = read_gpx(content)
    geometry = route_from_track(track).to_bytes()
    return Course(hashlib.sha256(content).hexdigest(), track.name, len(track.lat_deg), geometry)
