"""What the ground says: track files in, arrays, route geometry and recordings out."""

from __future__ import annotations

from kernel.tracks.courses import one_course
from kernel.tracks.distance import along_m
from kernel.tracks.errors import BadGpx, BadTrack, NoElevation
from kernel.tracks.findings import FINDING_CODES, Finding, FindingCode
from kernel.tracks.foot import LeftOut
from kernel.tracks.geometry import RouteGeometry, route_from_arrays, route_from_track, route_of
from kernel.tracks.gpx import MAX_GPX_BYTES, read_gpx
from kernel.tracks.line import CourseLine, line_of
from kernel.tracks.mended import MendedTrack, mended
from kernel.tracks.recording import Recording, recording_from_track, route_from_recording, times_of
from kernel.tracks.track import FloatArray, Stretch, Track, Waypoint

__all__ = [
    "FINDING_CODES",
    "MAX_GPX_BYTES",
    "BadGpx",
    "BadTrack",
    "CourseLine",
    "Finding",
    "FindingCode",
    "FloatArray",
    "LeftOut",
    "MendedTrack",
    "NoElevation",
    "Recording",
    "RouteGeometry",
    "Stretch",
    "Track",
    "Waypoint",
    "along_m",
    "line_of",
    "mended",
    "one_course",
    "read_gpx",
    "recording_from_track",
    "route_from_arrays",
    "route_from_recording",
    "route_from_track",
    "route_of",
    "times_of",
]
