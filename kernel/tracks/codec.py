"""The stored form of a route: heights in millimetres and turns in milliradians, as compressed differences.

Layout: the tag, a little-endian header (length, gain band, counts), then one zlib stream of int32 height differences
followed by uint16 turns. Rounding happens before a route is used, so a stored route forecasts what a fresh one does.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

import numpy as np

from kernel.tracks.elevation import grid_of
from kernel.tracks.track import FloatArray

_TAG: Final = b"RG1"
_HEADER: Final = struct.Struct("<dddIi")
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


def pack(
    length_m: float, elevation_m: FloatArray, turn_rad: FloatArray | None, gain_band_m: tuple[float, float]
) -> bytes:
    """The stored form."""
    steps = np.diff(np.rint(elevation_m * _MM), prepend=0.0).astype("<i4")
    turns = b"" if turn_rad is None else np.rint(turn_rad * _MRAD).astype("<u2").tobytes()
    header = _HEADER.pack(length_m, *gain_band_m, len(steps), _NO_TURN if turn_rad is None else len(turn_rad))
    return _TAG + header + zlib.compress(steps.tobytes() + turns)


def unpack(packed: bytes) -> tuple[float, FloatArray, FloatArray | None, tuple[float, float]]:
    """Length, elevation, turn and gain band. Raises ValueError unless `pack` wrote these bytes."""
    body = len(_TAG) + _HEADER.size
    if packed[: len(_TAG)] != _TAG or len(packed) < body:
        raise ValueError("These bytes are not a stored route of version 1.")
    length_m, low_m, high_m, points, segments = _HEADER.unpack_from(packed, len(_TAG))
    if not (0 < length_m < 1e9 and 0 <= low_m <= high_m < 1e9):
        raise ValueError("This stored route contradicts itself.")
    if not 2 <= points <= _MOST_POINTS or len(grid_of(length_m)) != points:
        raise ValueError("This stored route contradicts itself.")
    size = 4 * points + 2 * max(0, segments)
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(packed[body:], size + 1)
    except zlib.error as error:
        raise ValueError("This stored route is damaged.") from error
    if len(raw) != size or not inflate.eof:
        raise ValueError("This stored route is damaged.")
    elevation_m = np.cumsum(np.frombuffer(raw, "<i4", points), dtype=np.float64) / _MM
    turn_rad = None if segments < 0 else np.frombuffer(raw, "<u2", segments, 4 * points).astype(np.float64) / _MRAD
    return length_m, elevation_m, turn_rad, (low_m, high_m)
