"""The way an activity took as Google's encoded polyline, and what a token without activity:read_all sees of it."""

from __future__ import annotations

import numpy as np

from simulators.strava.shapes import Json
from simulators.strava.world.track import METRES_PER_DEGREE, RecordedTrack

SUMMARY_POINTS = 120


def line_of(track: RecordedTrack | None, most: int) -> str:
    """At most `most` points of the track, evenly picked with both ends kept (precision 5); empty without positions."""
    if track is None or track.places_deg is None:
        return ""
    index = np.unique(np.linspace(0, track.size - 1, min(most, track.size)).round().astype(np.int64))
    points = np.round(track.places_deg[index] * 1e5).astype(np.int64)
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return "".join(_encode_number(value) for value in steps.ravel().tolist())


def _encode_number(value: int) -> str:
    shifted = ~(value << 1) if value < 0 else value << 1
    letters = []
    while shifted >= 0x20:
        letters.append(chr((0x20 | (shifted & 0x1F)) + 63))
        shifted >>= 5
    letters.append(chr(shifted + 63))
    return "".join(letters)


def cropped(track: RecordedTrack, home: tuple[float, float], radius_m: float) -> RecordedTrack | None:
    """The track without its ends inside the zone, time and distance unchanged; None if nothing is left."""
    if track.places_deg is None or radius_m <= 0:
        return track
    north, east = ((track.places_deg - home) * METRES_PER_DEGREE).T
    outside = np.flatnonzero(np.hypot(north, east * np.cos(np.radians(home[0]))) > radius_m)
    if outside.size < 2:
        return None
    part = slice(int(outside[0]), int(outside[-1]) + 1)
    return track.changed(lambda column: column[part], track.__struct_fields__)


def without_home(shown: Json, seen: RecordedTrack | None) -> Json:
    """A summary or detail with no ends, and with the line of what may be `seen` of the track."""
    lines = dict.fromkeys(shown["map"].keys() & {"polyline", "summary_polyline"}, line_of(seen, SUMMARY_POINTS))
    return shown | {"start_latlng": [], "end_latlng": [], "map": shown["map"] | lines}
