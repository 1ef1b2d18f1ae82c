"""Which paths somebody was on, kept so that it can be seen that they go there again, and hardly anything else.

The ground is cut into cells of 60 m. Of an outing a quarter of its cells is kept, each under a digest with the
athlete's own key: without the key nobody tells where a mark lies, with it nobody draws a track of them.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks import Recording
from kernel.tracks.distance import EARTH_RADIUS_M, cumulative_m, step_lengths_m
from kernel.tracks.elevation import GRID_M, grid_of, on_grid, smooth
from kernel.tracks.track import FloatArray
from kernel.tracks.turn import PATH_SIGMA_M

CELL_M: Final = 60.0
KEY_BYTES: Final = 32
LONGEST_M: Final = 500_000.0
"""Who goes farther does not come by often."""
_ONE_IN: Final = 4
_TAG: Final = b"OP1"
_ROW_DEG: Final = float(np.degrees(CELL_M / EARTH_RADIUS_M))
_MOST_M: Final = 65_535.0
_COLUMNS_AT_ONCE: Final = 4096
_NARROWEST: Final = 1e-3
"""Of the cosine of latitude: nearer to a pole all of a parallel is few cells."""
_CELL: Final = struct.Struct("<ii")

Marks = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """The marks of a way in rising order, and the metres that it runs in the cell of each. None where it is empty."""

    marks: Marks
    metres: FloatArray

    def to_bytes(self) -> bytes:
        """A compact, versioned form for storage, ten bytes for each mark."""
        metres = np.rint(np.minimum(self.metres, _MOST_M)).astype("<u2")
        return _TAG + self.marks.astype("<u8").tobytes() + metres.tobytes()

    @classmethod
    def from_bytes(cls, packed: bytes) -> Paths:
        """The paths that `to_bytes` packed. Raises ValueError if these are not such bytes."""
        body = packed.removeprefix(_TAG)
        if len(body) == len(packed) or len(body) % 10:
            raise ValueError("These bytes are not stored paths of version 1.")
        count = len(body) // 10
        marks = np.frombuffer(body, "<u8", count).astype(np.uint64)
        return cls(marks, np.frombuffer(body, "<u2", count, 8 * count).astype(np.float64))


NO_PATHS: Final = Paths(np.array([], np.uint64), np.array([]))
"""Of an outing whose places nobody knows."""


def paths_of(lat_deg: FloatArray, lon_deg: FloatArray, key: bytes) -> Paths:
    """The paths of a way through these places in order (degrees, two or more), under an athlete's key of 32 bytes.

    A way of more than 500 km has none.
    """
    at_m = cumulative_m(step_lengths_m(lat_deg, lon_deg))
    if at_m[-1] > LONGEST_M:
        return NO_PATHS
    cells, metres = _cells(at_m, lat_deg, lon_deg)
    marks = np.array([_mark(row, column, key) for row, column in cells.tolist()], dtype=np.uint64)
    kept = np.flatnonzero(marks % _ONE_IN == 0)
    kept = kept[np.argsort(marks[kept])]
    return Paths(marks[kept], metres[kept])


def paths_of_recording(recording: Recording, key: bytes) -> Paths:
    """The paths of a recording, none where it tells no places."""
    if recording.lat_deg is None or recording.lon_deg is None:
        return NO_PATHS
    return paths_of(recording.lat_deg, recording.lon_deg, key)


def overlap_of(way: Paths, past: Sequence[Paths]) -> FloatArray:
    """How much of a way each past one shares with it: the cosine of their lengths per cell, 0 to 1."""
    return _cosines([way, *past], rows=1)[0, 1:]


def overlaps(past: Sequence[Paths]) -> FloatArray:
    """The same of past ways with each other: a matrix with ones on its diagonal."""
    found = _cosines(past, rows=len(past))
    np.fill_diagonal(found, 1.0)
    return found


def _cosines(ways: Sequence[Paths], *, rows: int) -> FloatArray:
    """Of the first so many ways with all of them; marks that only one way has are in no product."""
    marks = np.concatenate([way.marks for way in ways])
    length = np.concatenate([way.metres / max(float(np.linalg.norm(way.metres)), 1e-9) for way in ways])
    row = np.repeat(np.arange(len(ways)), [len(way.marks) for way in ways])
    _, column, count = np.unique(marks, return_inverse=True, return_counts=True)
    again = count[column] > 1
    _, column = np.unique(column[again], return_inverse=True)
    row, length = row[again], length[again]
    found = np.zeros((rows, len(ways)))
    for first in range(0, int(column.max(initial=-1)) + 1, _COLUMNS_AT_ONCE):
        here = (column >= first) & (column < first + _COLUMNS_AT_ONCE)
        block = np.zeros((len(ways), _COLUMNS_AT_ONCE))
        block[row[here], column[here] - first] = length[here]
        found += block[:rows] @ block.T
    return np.minimum(found, 1.0)


def _cells(at_m: FloatArray, lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    """Row and column of each cell that a way runs through, and its metres there, in tens.

    Smoothed as for its bends, so that the wavering of a recording is not a path of its own.
    """
    grid_m = grid_of(float(at_m[-1]))
    ways = (lat_deg, np.unwrap(lon_deg, period=360.0))
    lat, lon = (smooth(on_grid(grid_m, at_m, axis), PATH_SIGMA_M) for axis in ways)
    row = np.floor(lat / _ROW_DEG)
    across = np.maximum(np.cos(np.radians((row + 0.5) * _ROW_DEG)), _NARROWEST)
    column = np.floor(((lon + 180.0) % 360.0) * across / _ROW_DEG)
    cells, times = np.unique(np.column_stack((row, column)).astype(np.int64), axis=0, return_counts=True)
    return cells, GRID_M * times.astype(np.float64)


def _mark(row: int, column: int, key: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(_CELL.pack(row, column), key=key, digest_size=8).digest(), "little")
