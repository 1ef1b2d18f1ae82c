"""What a token without activity:read_all sees of a track that starts or ends at home."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulators.strava.generator.course import METRES_PER_DEGREE
from simulators.strava.track import RecordedTrack


def cropped(track: RecordedTrack, home: tuple[float, float], radius_m: float) -> RecordedTrack | None:
    """The track without its ends inside the zone, time and distance unchanged; None if nothing is left."""
    if track.lat_deg is None or track.lon_deg is None or radius_m <= 0:
        return track
    north = (track.lat_deg - home[0]) * METRES_PER_DEGREE
    east = (track.lon_deg - home[1]) * METRES_PER_DEGREE * np.cos(np.radians(home[0]))
    outside = np.flatnonzero(np.hypot(north, east) > radius_m)
    if outside.size < 2:
        return None
    part = slice(int(outside[0]), int(outside[-1]) + 1)
    return replace(
        track,
        time_s=track.time_s[part],
        distance_m=track.distance_m[part],
        moving=track.moving[part],
        lat_deg=track.lat_deg[part],
        lon_deg=track.lon_deg[part],
        altitude_m=_part(track.altitude_m, part),
        heartrate_bpm=_part(track.heartrate_bpm, part),
        cadence_rpm=_part(track.cadence_rpm, part),
        temperature_c=_part(track.temperature_c, part),
    )


def _part(column: NDArray[np.float64] | None, part: slice) -> NDArray[np.float64] | None:
    return None if column is None else column[part]
