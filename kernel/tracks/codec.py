"""The stored form of a route: heights in millimetres and turns in milliradians, as compressed differences.

Layout: the tag, a little-endian header (length, gain, loss, gain band, counts), then one zlib stream of int32 height
differences followed by uint16 turns. Version 1 had no gain and loss: they are counted anew. Rounding happens before a
route is used, so a stored route forecasts what a fresh one does.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final, NamedTuple

import numpy as np

from kernel.tracks.elevation import grid_of
from kernel.tracks.track import FloatArray

_HEADERS: Final = {b"RG1": struct.Struct("<dddIi"), b"RG2": struct.Struct("<dddddIi")}
_TAG: Final = b"RG2"
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


class StoredShape(NamedTuple):
    """What is kept of a route. `climbed_m` is gain and loss, None where they were not kept."""

    length_m: float
    climbed_m: tuple[float, float] | None
    gain_band_m: tuple[float, float]
    elevation_m: FloatArray
    turn_rad: FloatArray | None


def pack(shape: StoredShape) -> bytes:
    """The stored form, of a shape whose gain and loss are known."""
    steps = np.diff(np.rint(shape.elevation_m * _MM), prepend=0.0).astype("<i4")
    turn = shape.turn_rad
    turns = b"" if turn is None else np.rint(turn * _MRAD).astype("<u2").tobytes()
    metres = (shape.length_m, *(shape.climbed_m or ()), *shape.gain_band_m)
    header = _HEADERS[_TAG].pack(*metres, len(steps), _NO_TURN if turn is None else len(turn))
    return _TAG + header + zlib.compress(steps.tobytes() + turns)


def unpack(packed: bytes) -> StoredShape:
    """What was packed, by this version or the one before. Raises ValueError unless `pack` wrote these bytes."""
    tag = packed[: len(_TAG)]
    header = _HEADERS.get(tag)
    if header is None or len(packed) < len(tag) + header.size:
        raise ValueError("These bytes are not a stored route of version 1 or 2.")
    length_m, *climbed_m, low_m, high_m, points, segments = header.unpack_from(packed, len(tag))
    if not (0 < length_m < 1e9 and 0 <= low_m <= high_m < 1e9 and all(0 <= metres < 1e9 for metres in climbed_m)):
        raise ValueError("This stored route contradicts itself.")
    if not 2 <= points <= _MOST_POINTS or len(grid_of(length_m)) != points:
        raise ValueError("This stored route contradicts itself.")
    size = 4 * points + 2 * max(0, segments)
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(packed[len(tag) + header.size :], size + 1)
    except zlib.error as error:
        raise ValueError("This stored route is damaged.") from error
    if len(raw) != size or not inflate.eof:
        raise ValueError("This stored route is damaged.")
    elevation_m = np.cumsum(np.frombuffer(raw, "<i4", points), dtype=np.float64) / _MM
    turn_rad = None if segments < 0 else np.frombuffer(raw, "<u2", segments, 4 * points).astype(np.float64) / _MRAD
    gain_and_loss_m = (climbed_m[0], climbed_m[1]) if climbed_m else None
    return StoredShape(length_m, gain_and_loss_m, (low_m, high_m), elevation_m, turn_rad)
