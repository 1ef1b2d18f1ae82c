"""Where a course runs, and its stored form: who has it knows the places, so it is kept apart from the geometry.

Layout: the tag, a little-endian count, then one zlib stream of int32 differences: latitudes and longitudes in
millionths of a degree (0.1 m), metres from the start in hundredths.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.tracks.codec import inflated
from kernel.tracks.distance import along_m
from kernel.tracks.track import FloatArray, Track

MOST_POINTS: Final = 10_000
_TAG: Final = b"CL1"
_COUNT: Final = struct.Struct("<I")
_PER_DEGREE: Final = 1e6
_PER_METRE: Final = 100.0
_COLUMNS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class CourseLine:
    """The points of a course in order, 2 to 10,000 of them; three arrays of one length.

    `at_m` are metres along the whole track from its start, also where points of it were left out.
    """

    lat_deg: FloatArray
    lon_deg: FloatArray
    at_m: FloatArray

    def to_bytes(self) -> bytes:
        """A compact, versioned form for storage; `from_bytes` gives back the same numbers."""
        scaled = (self.lat_deg * _PER_DEGREE, self.lon_deg * _PER_DEGREE, self.at_m * _PER_METRE)
        steps = [np.diff(np.rint(column), prepend=0.0).astype("<i4").tobytes() for column in scaled]
        return _TAG + _COUNT.pack(len(self.at_m)) + zlib.compress(b"".join(steps))

    @classmethod
    def from_bytes(cls, packed: bytes) -> CourseLine:
        """The line that `to_bytes` packed. Raises ValueError if these are not such bytes."""
        body = len(_TAG) + _COUNT.size
        if not packed.startswith(_TAG) or len(packed) < body:
            raise ValueError("These bytes are not a stored line of version 1.")
        (count,) = _COUNT.unpack_from(packed, len(_TAG))
        if not 2 <= count <= MOST_POINTS:
            raise ValueError("This stored line contradicts itself.")
        steps = np.frombuffer(inflated(packed[body:], 4 * _COLUMNS * count), "<i4").reshape(_COLUMNS, count)
        lat, lon, at = np.cumsum(steps, axis=1, dtype=np.float64)
        return cls(lat / _PER_DEGREE, lon / _PER_DEGREE, at / _PER_METRE)


def line_of(track: Track) -> CourseLine:
    """The line of a track as it is stored: every point, or 10,000 spread evenly along a track that has more."""
    at_m = along_m(track)
    kept = _spread(at_m)
    lat, lon = (np.rint(axis[kept] * _PER_DEGREE) / _PER_DEGREE for axis in (track.lat_deg, track.lon_deg))
    return CourseLine(lat, lon, np.rint(at_m[kept] * _PER_METRE) / _PER_METRE)


def _spread(at_m: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    if len(at_m) <= MOST_POINTS:
        return np.arange(len(at_m))
    marks_m = np.linspace(0.0, float(at_m[-1]), MOST_POINTS - 1)
    nearest = np.minimum(np.searchsorted(at_m, marks_m), len(at_m) - 1)
    return np.unique(np.concatenate(([0], nearest, [len(at_m) - 1])))
