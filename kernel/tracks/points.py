"""Columns of point texts becoming arrays, a few thousand points at a time so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.distance import cumulative_m, step_lengths_m
from kernel.tracks.errors import BadGpx
from kernel.tracks.numbers import decimals, instants
from kernel.tracks.track import FloatArray, TimeFault

FEW_NOWHERE: Final = 0.01
"""Of the points may have a position that is none."""

_BATCH: Final = 16_384
_ABSENT: Final = "99999"
_LOWEST_M: Final = -450.0
_HIGHEST_M: Final = 9000.0
_MOST_NORTH_DEG: Final = 90.0
_MOST_EAST_DEG: Final = 180.5
_ONCE_AROUND_DEG: Final = 540.0
_NEXT_DEG: Final = 1.0
_NEEDED_TIME_SHARE: Final = 0.95
_LEAST_TIME_SHARE: Final = 0.5
_LONGEST_HOLE: Final = 10
_SHARED_MINUTES: Final = 0.5
_MINUTE_S: Final = 60.0
_FEWEST_MINUTES: Final = 3
_SHOWN_TEXT: Final = 20
_NOWHERE_DEG: Final = 0.0
"""In both: what devices write that know no position, and what is looked for among points astray."""


@dataclass(slots=True)
class PointColumns:
    """The points of all tracks, or of all routes, of one file as they are read."""

    count: int = 0
    lat: list[str] = field(default_factory=list)
    lon: list[str] = field(default_factory=list)
    ele: list[str] = field(default_factory=list)
    time: list[str] = field(default_factory=list)
    _done: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = field(default_factory=list)
    _told_times: int = 0
    _odd_height: str = ""

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
        """Latitude, longitude, elevation, time.

        Raises BadGpx for a position that is no number or not on Earth, and where heights are written of which none is a
        number.
        """
        self._flush()
        lat, lon, ele, time = (np.concatenate(column) for column in zip(*self._done, strict=True))
        if self._odd_height and not np.isfinite(ele).any():
            sentence = f"The heights in this file are not written as numbers, such as {self._odd_height!r}."
            raise BadGpx("bad_elevation", f"{sentence} Export it again.")
        return lat, lon, ele if np.isfinite(ele).any() else None, filled_times(time, lat, lon)

    @property
    def reads_times(self) -> bool:
        """Whether any time could be read."""
        return any(np.isfinite(time_s).any() for *_, time_s in self._done)

    @property
    def tells_times(self) -> bool:
        """Whether any of the points, which are flushed, has a text where its time belongs."""
        return self._told_times > 0

    def _flush(self) -> None:
        if self.lat:
            lat, lon = positions(self.lat, self.lon, self.count - len(self.lat))
            heights = elevations(self.ele)
            self._done.append((lat, lon, heights, instants(self.time)))
            self._told_times += len(self.time) - self.time.count("")
            self._odd_height = self._odd_height or _odd_height(self.ele, heights)
            for column in (self.lat, self.lon, self.ele, self.time):
                column.clear()


def positions(lat: list[str], lon: list[str], first: int = 0) -> tuple[FloatArray, FloatArray]:
    """Degrees, as `positions_read` has them; `first` is the number of points before these, for the sentence.

    Of many points a few (1 %) may lie nowhere: they are at 0, 0. Raises BadGpx where more do.
    """
    lat_deg, lon_deg = positions_read(lat, lon)
    if (nowhere := ~np.isfinite(lat_deg)).sum() > FEW_NOWHERE * len(nowhere):
        at = int(nowhere.argmax())
        raise _bad_position(first + at + 1, unread=not np.isfinite(decimals([lat[at], lon[at]])).all())
    lat_deg[nowhere] = lon_deg[nowhere] = _NOWHERE_DEG
    return lat_deg, lon_deg


def positions_read(lat: list[str], lon: list[str]) -> tuple[FloatArray, FloatArray]:
    """Degrees, longitudes wrapped into [-180, 180]; nan where the texts are no numbers, or of no place on Earth.

    A line that runs on across the antimeridian without a leap may count on beyond 180.
    """
    lat_deg, lon_deg = decimals(lat), decimals(lon)
    read_deg = lon_deg[np.isfinite(lon_deg)]
    runs_on = len(read_deg) > 1 and bool((np.abs(np.diff(read_deg)) < _NEXT_DEG).all())
    most_east_deg = _ONCE_AROUND_DEG if runs_on else _MOST_EAST_DEG
    on_earth = (np.abs(lat_deg) <= _MOST_NORTH_DEG) & (np.abs(lon_deg) <= most_east_deg)
    lat_deg[~on_earth] = lon_deg[~on_earth] = np.nan
    beyond = np.abs(lon_deg) > 180.0
    lon_deg[beyond] -= np.copysign(360.0, lon_deg[beyond])
    return lat_deg, lon_deg


def _bad_position(number: int, *, unread: bool) -> BadGpx:
    if unread:
        sentence = f"Point {number} has a latitude or longitude that is no plain decimal number."
        return BadGpx("bad_number", sentence)
    return BadGpx("bad_position", f"Point {number} lies outside the Earth's coordinates.")


def elevations(texts: list[str]) -> FloatArray:
    """Metres, nan where the text is no number or no height on Earth: some devices write -19999 for unknown."""
    return plausible_heights(decimals([text or _ABSENT for text in texts] if "" in texts else texts))


def plausible_heights(metres: FloatArray) -> FloatArray:
    """The heights, nan where it is none on Earth."""
    return np.where((metres >= _LOWEST_M) & (metres <= _HIGHEST_M), metres, np.nan)


def _odd_height(texts: list[str], heights: FloatArray) -> str:
    """A height that is written and is no number (`nan` is a word for none), if the first of them is such a one."""
    first = texts[0].strip()
    odd = bool(first) and not np.isfinite(heights[0]) and np.isnan(decimals([first])[0]) and first.lower() != "nan"
    return first[:_SHOWN_TEXT] if odd else ""


def filled_times(time_s: FloatArray, lat_deg: FloatArray, lon_deg: FloatArray) -> FloatArray | None:
    """Times with holes filled along the distance; None when too few of the points have one.

    95 % are enough, and half of them where no hole is longer than ten points.
    Times of whole minutes that several points share are spread within their minute, also along the distance.
    """
    known = np.isfinite(time_s)
    share = float(known.mean())
    if share < _LEAST_TIME_SHARE or (share < _NEEDED_TIME_SHARE and _longest_hole(known) > _LONGEST_HOLE):
        return None
    in_minutes = _in_minutes(time_s[known])
    if known.all() and not in_minutes:
        return time_s
    distance_m = cumulative_m(step_lengths_m(lat_deg, lon_deg))
    if in_minutes:
        return _spread(time_s, known, distance_m)
    return np.where(known, time_s, np.interp(distance_m, distance_m[known], time_s[known]))


def _longest_hole(known: NDArray[np.bool_]) -> int:
    at = np.concatenate(([-1], np.flatnonzero(known), [len(known)]))
    return int(np.diff(at).max()) - 1


def time_fault(time_s: FloatArray | None, *, told: bool, read: bool) -> TimeFault | None:
    """Why there are no times: `told` is whether any is written, `read` whether any could be read."""
    if time_s is not None:
        return None
    return "sparse" if read else "unreadable" if told else "absent"


def _in_minutes(time_s: FloatArray) -> bool:
    """Whether a clock without seconds wrote these: most points share a whole minute with the one before."""
    shared = int((np.diff(time_s) == 0).sum())
    return bool((time_s % _MINUTE_S == 0).all()) and shared > _SHARED_MINUTES * len(time_s)


def _spread(time_s: FloatArray, known: NDArray[np.bool_], distance_m: FloatArray) -> FloatArray:
    """A minute begins at its first point. Of the first and the last one a part is seen, gone as fast as the next."""
    begins = np.flatnonzero(known)[np.concatenate(([True], np.diff(time_s[known]) != 0))]
    if len(begins) < _FEWEST_MINUTES:
        return np.where(known, time_s, np.nan_to_num(time_s, nan=float(np.nanmin(time_s))))
    inner = begins[1:]
    along_m, at_s = distance_m[inner], time_s[inner]
    spread = np.interp(distance_m, along_m, at_s)
    first, last = _pace(along_m[:2], at_s[:2]), _pace(along_m[-2:], at_s[-2:])
    spread[: inner[0]] -= first * (along_m[0] - distance_m[: inner[0]])
    spread[inner[-1] :] += last * (distance_m[inner[-1] :] - along_m[-1])
    return spread


def _pace(along_m: FloatArray, at_s: FloatArray) -> float:
    return float(np.diff(at_s)[0] / max(float(np.diff(along_m)[0]), 1.0))
