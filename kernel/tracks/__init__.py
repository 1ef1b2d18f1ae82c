"""What the ground says: track files in, arrays, route geometry and recordings out."""

from __future__ import annotations

from kernel.tracks.errors import BadGpx, BadTrack, NoElevation
from kernel.tracks.geometry import RouteGeometry, route_from_arrays, route_from_track
from kernel.tracks.gpx import MAX_GPX_BYTES, read_gpx
from kernel.tracks.recording import Recording, recording_from_track, route_from_recording
from kernel.tracks.track import FloatArray, Track, Waypoint

__all__ = [
    "MAX_GPX_BYTES",
    "BadGpx",
    "BadTrack",
    "FloatArray",
    "NoElevation",
    "Recording",
    "RouteGeometry",
    "Track",
    "Waypoint",
    "read_gpx",
    "recording_from_track",
    "route_from_arrays",
    "route_from_recording",
    "route_from_track",
]
