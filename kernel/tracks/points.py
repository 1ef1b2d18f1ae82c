"""Columns of point texts becoming arrays, a few thousand points at a time so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from kernel.tracks.distance import cumulative_m, step_lengths_m
from kernel.tracks.errors import BadGpx
from kernel.tracks.numbers import decimals, instants
from kernel.tracks.track import FloatArray

_BATCH: Final = 16_384
_ABSENT: Final = "99999"
_LOWEST_M: Final = -500.0
_HIGHEST_M: Final = 9000.0
_MOST_NORTH_DEG: Final = 90.0
_MOST_EAST_DEG: Final = 180.5
_NEEDED_TIME_SHARE: Final = 0.95


@dataclass(slots=True)
class PointColumns:
    """The points of all tracks, or of all routes, of one file as they are read."""

    count: int = 0
    lat: list[str] = field(default_factory=list)
    lon: list[str] = field(default_factory=list)
    ele: list[str] = field(default_factory=list)
    time: list[str] = field(default_factory=list)
    _done: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = field(default_factory=list)

    def open(self, attributes: dict[str, str]) -> None:
        """Begin a point; its height and time may follow."""
        if len(self.lat) >= _BATCH:
            self._flush()
        self.count += 1
        self.lat.append(attributes.get("lat", ""))
        self.lon.append(attributes.get("lon", ""))
        self.ele.append("")
        self.time.append("")

    def extend(self, lat: Sequence[str], lon: Sequence[str], ele: Sequence[str], time: Sequence[str]) -> None:
        """Many points at once."""
        self.count += len(lat)
        self.lat += lat
        self.lon += lon
        self.ele += ele
        self.time += time
        if len(self.lat) >= _BATCH:
            self._flush()

    def arrays(self) -> tuple[FloatArray, FloatArray, FloatArray | None, FloatArray | None]:
        """Latitude, longitude, elevation, time. Raises BadGpx for a position that is no number or not on Earth."""
        self._flush()
        lat, lon, ele, time = (np.concatenate(column) for column in zip(*self._done, strict=True))
        return lat, lon, ele if np.isfinite(ele).any() else None, filled_times(time, lat, lon)

    def _flush(self) -> None:
        if self.lat:
            lat, lon = positions(self.lat, self.lon, self.count - len(self.lat))
            self._done.append((lat, lon, elevations(self.ele), instants(self.time)))
            for column in (self.lat, self.lon, self.ele, self.time):
                column.clear()


def positions(lat: list[str], lon: list[str], first: int = 0) -> tuple[FloatArray, FloatArray]:
    """Degrees, longitudes wrapped into [-180, 180]; `first` is the number of points before these, for the sentence."""
    lat_deg, lon_deg = decimals(lat), decimals(lon)
    if (unread := ~(np.isfinite(lat_deg) & np.isfinite(lon_deg))).any():
        raise BadGpx(
            "bad_number",
            f"Point {first + int(unread.argmax()) + 1} has a latitude or longitude that is no plain decimal number.",
        )
    if (outside := (np.abs(lat_deg) > _MOST_NORTH_DEG) | (np.abs(lon_deg) > _MOST_EAST_DEG)).any():
        raise BadGpx("bad_position", f"Point {first + int(outside.argmax()) + 1} lies outside the Earth's coordinates.")
    beyond = np.abs(lon_deg) > 180.0
    lon_deg[beyond] -= np.copysign(360.0, lon_deg[beyond])
    return lat_deg, lon_deg


def elevations(texts: list[str]) -> FloatArray:
    """Metres, nan where the text is no number or no height on Earth: some devices write -19999 for unknown."""
    return plausible_heights(decimals([text or _ABSENT for text in texts] if "" in texts else texts))


def plausible_heights(metres: FloatArray) -> FloatArray:
    """The heights, nan where it is none on Earth."""
    return np.where((metres >= _LOWEST_M) & (metres <= _HIGHEST_M), metres, np.nan)


def filled_times(time_s: FloatArray, lat_deg: FloatArray, lon_deg: FloatArray) -> FloatArray | None:
    """Times with single holes filled along the distance; None when under 95 % of the points have one."""
    known = np.isfinite(time_s)
    if known.mean() < _NEEDED_TIME_SHARE:
        return None
    if known.all():
        return time_s
    distance_m = cumulative_m(step_lengths_m(lat_deg, lon_deg))
    return np.where(known, time_s, np.interp(distance_m, distance_m[known], time_s[known]))
