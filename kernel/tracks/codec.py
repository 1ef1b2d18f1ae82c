"""The stored form of a route: heights in millimetres and turns in milliradians, as compressed differences.

Layout: the tag, a little-endian header (length, gain and loss, gain band, counts), then one zlib stream of int32 height
differences followed by uint16 turns. Rounding happens before a route is used, so a stored route forecasts what a fresh
one does. Routes of version 1 have no gain and loss in their header; they are counted at each reading. Version 3 ends
its header with how long the way is per metre; routes whose line is the way are written as version 2.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final, NamedTuple

import numpy as np

from kernel.tracks.elevation import climb_and_descent, grid_of
from kernel.tracks.track import FloatArray

_TAG: Final = b"RG2"
_TAG_3: Final = b"RG3"
_WAY: Final = struct.Struct("<d")
_WAYS: Final = (0.5, 2.0)
_HEADER: Final = struct.Struct("<dddddIi")
_TAG_1: Final = b"RG1"
_HEADER_1: Final = struct.Struct("<dddIi")
_HYSTERESIS_1_M: Final = 2.0
_NO_TURN: Final = -1
_MOST_POINTS: Final = 200_000
_MM: Final = 1000.0
_MRAD: Final = 1000.0
_MOST_MRAD: Final = 65_535.0


def rounded_elevation(elevation_m: FloatArray) -> FloatArray:
    """Heights as the stored form keeps them: whole millimetres."""
    return np.rint(elevation_m * _MM) / _MM


def rounded_turn(turn_rad: FloatArray) -> FloatArray:
    """Turns as the stored form keeps them: whole milliradians, at most 65.535. Raises ValueError unless finite."""
    if not np.isfinite(turn_rad).all():
        raise ValueError("Turn values are finite.")
    return np.clip(np.rint(turn_rad * _MRAD), 0.0, _MOST_MRAD) / _MRAD


class Stored(NamedTuple):
    """What the stored form holds of a route; `counted_m` are gain and loss, `turn_rad` is None where unknown.

    `way` is how many metres people go per metre of the line, half a metre to 2.
    """

    length_m: float
    elevation_m: FloatArray
    turn_rad: FloatArray | None
    counted_m: tuple[float, float]
    gain_band_m: tuple[float, float]
    way: float = 1.0


def pack(route: Stored) -> bytes:
    """The stored form."""
    steps = np.diff(np.rint(route.elevation_m * _MM), prepend=0.0).astype("<i4")
    turns = b"" if route.turn_rad is None else np.rint(route.turn_rad * _MRAD).astype("<u2").tobytes()
    counts = len(steps), _NO_TURN if route.turn_rad is None else len(route.turn_rad)
    header = _HEADER.pack(route.length_m, *route.counted_m, *route.gain_band_m, *counts)
    tag, way = (_TAG, b"") if route.way == 1.0 else (_TAG_3, _WAY.pack(route.way))
    return tag + header + way + zlib.compress(steps.tobytes() + turns)


def unpack(packed: bytes) -> Stored:
    """The route again. Raises ValueError unless `pack` wrote these bytes."""
    header = _HEADER_1 if packed.startswith(_TAG_1) else _HEADER
    at, longer = len(_TAG) + header.size, packed.startswith(_TAG_3)
    body = at + _WAY.size if longer else at
    if not packed.startswith((_TAG, _TAG_1, _TAG_3)) or len(packed) < body:
        raise ValueError("These bytes are not a stored route of version 1 to 3.")
    length_m, *counted_m, low_m, high_m, points, segments = header.unpack_from(packed, len(_TAG))
    way = float(_WAY.unpack_from(packed, at)[0]) if longer else 1.0
    in_range = 0 < length_m < 1e9 and 0 <= low_m <= high_m < 1e9 and all(0 <= each < 1e9 for each in counted_m)
    in_range = in_range and _WAYS[0] <= way <= _WAYS[1]
    if not in_range or not 2 <= points <= _MOST_POINTS or len(grid_of(length_m)) != points:
        raise ValueError("This stored route contradicts itself.")
    raw = inflated(packed[body:], 4 * points + 2 * max(0, segments))
    elevation_m = np.cumsum(np.frombuffer(raw, "<i4", points), dtype=np.float64) / _MM
    turn_rad = None if segments < 0 else np.frombuffer(raw, "<u2", segments, 4 * points).astype(np.float64) / _MRAD
    gain_m, loss_m = counted_m or climb_and_descent(elevation_m, _HYSTERESIS_1_M)
    return Stored(length_m, elevation_m, turn_rad, (gain_m, loss_m), (low_m, high_m), way)


def inflated(packed: bytes, size: int) -> bytes:
    """Exactly `size` bytes out of a zlib stream. Raises ValueError for any other stream."""
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(packed, size + 1)
    except zlib.error as error:
        raise ValueError("This stored route is damaged.") from error
    if len(raw) != size or not inflate.eof:
        raise ValueError("This stored route is damaged.")
    return raw
