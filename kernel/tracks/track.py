"""A track as a file tells it: positions, and heights and times where the file has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
"""One-dimensional float64 numbers."""


_MAD_TO_SD: Final = 1.4826

TimeFault: TypeAlias = Literal["absent", "sparse", "unreadable", "course"]
"""Why a track has no times: none is written, too few are, what is written is no moment, or a course computed them."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where a part of a track begins that its file sets apart, as where a recording was interrupted.

    `start` is the index of its first point; `track` counts the file's tracks (or routes), which may have several parts,
    and `name` and `sport` are that track's.
    """

    start: int
    track: int
    name: str | None = None
    sport: str | None = None


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
    `time_s` is epoch seconds exactly as recorded, so it may stand still or run backward; short holes are filled along
    the distance, and it is None when too few of the points carry a readable time (`time_fault` says why). `stretches`
    are the parts in which the file has it, in their order; none where a file knows no parts. `at_m` is metres along the
    way from its start, where they are known better than by the sum of its steps; see `along_m`.
    """

    lat_deg: FloatArray
    lon_deg: FloatArray
    elevation_m: FloatArray | None
    time_s: FloatArray | None
    name: str | None = None
    waypoints: tuple[Waypoint, ...] = ()
    sport: str | None = None
    stretches: tuple[Stretch, ...] = ()
    time_fault: TimeFault | None = None
    at_m: FloatArray | None = None


def robust_sd(errors: FloatArray) -> float:
    """Standard deviation of errors around zero by the median of their sizes, which a few gross ones do not move.

    Exact for normal errors (Rousseeuw and Croux 1993); in the unit of the errors.
    """
    return _MAD_TO_SD * float(np.median(np.abs(errors)))
