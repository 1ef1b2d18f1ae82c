"""Google's encoded polyline, and a thinner line for lists."""

from __future__ import annotations

import numpy as np

from simulators.strava.noise import Floats


def encode_polyline(lat_deg: Floats, lon_deg: Floats) -> str:
    """The line in Google's encoded polyline format (precision 5)."""
    points = np.column_stack([np.round(lat_deg * 1e5), np.round(lon_deg * 1e5)]).astype(np.int64)
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


def thinned(lat_deg: Floats, lon_deg: Floats, most: int) -> tuple[Floats, Floats]:
    """At most `most` points, evenly picked, both ends kept."""
    if lat_deg.size <= most:
        return lat_deg, lon_deg
    index = np.unique(np.linspace(0, lat_deg.size - 1, most).round().astype(np.int64))
    return lat_deg[index], lon_deg[index]
