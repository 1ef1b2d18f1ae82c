"""A track as a file tells it: positions, and heights and times where the file has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
"""One-dimensional float64 numbers."""


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A named place in the file, on the route or beside it."""

    name: str
    lat_deg: float
    lon_deg: float
    elevation_m: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A recording or a drawn course of n >= 2 points; every array has length n.

    Longitudes lie in [-180, 180]. `elevation_m` is nan at points without a height and None when no point has one.
    `time_s` is epoch seconds exactly as recorded, so it may stand still or run backward; gaps of single points are
    filled along the distance, and it is None when less than 95 % of the points carry a readable time.
    """

    lat_deg: FloatArray
    lon_deg: FloatArray
    elevation_m: FloatArray | None
    time_s: FloatArray | None
    name: str | None = None
    waypoints: tuple[Waypoint, ...] = ()
    sport: str | None = None
