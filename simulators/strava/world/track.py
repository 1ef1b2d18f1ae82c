"""The one recording behind an activity: list, detail, splits, polyline and streams are all computed from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

METRES_PER_DEGREE = 111_195.0
_GAIN_THRESHOLD_M = 2.0


class RecordedTrack(msgspec.Struct, frozen=True, dict=True, tag=True):
    """Index-aligned arrays of one recording; times in whole seconds from the start, distances cumulative.

    What the device did not record is None. `moving[i]` is about the interval that ends at sample i.
    """

    time_s: NDArray[np.int64]
    distance_m: Floats
    moving: NDArray[np.bool_]
    lat_deg: Floats | None = None
    lon_deg: Floats | None = None
    altitude_m: Floats | None = None
    heartrate_bpm: Floats | None = None
    cadence_rpm: Floats | None = None
    temperature_c: Floats | None = None

    def changed(self, change: Callable[[NDArray[Any]], NDArray[Any]], columns: Iterable[str]) -> RecordedTrack:
        """With these columns changed, as far as they were recorded."""
        there = {name: getattr(self, name) for name in columns}
        changes = {name: change(column) for name, column in there.items() if column is not None}
        return msgspec.structs.replace(self, **changes)

    @property
    def size(self) -> int:
        return int(self.time_s.size)

    @cached_property
    def places_deg(self) -> Floats | None:
        """Latitude and longitude of every sample."""
        if self.lat_deg is None or self.lon_deg is None:
            return None
        return np.column_stack([self.lat_deg, self.lon_deg])

    @cached_property
    def elapsed_time_s(self) -> int:
        return int(self.time_s[-1] - self.time_s[0])

    @cached_property
    def moving_time_s(self) -> int:
        return self.moving_between(0, self.size - 1)

    @cached_property
    def length_m(self) -> float:
        return float(self.distance_m[-1] - self.distance_m[0])

    @cached_property
    def gain_m(self) -> float:
        """Climb, counting only rises of at least 2 m (as barometric recordings are summed)."""
        return 0.0 if self.altitude_m is None else _climb_m(self.altitude_m)

    @cached_property
    def moving_cumulative_s(self) -> NDArray[np.int64]:
        steps = np.where(self.moving, np.diff(self.time_s, prepend=self.time_s[0]), 0)
        return np.cumsum(steps)

    def moving_between(self, start: int, end: int) -> int:
        """Moving seconds between two samples."""
        return int(self.moving_cumulative_s[end] - self.moving_cumulative_s[start])

    @cached_property
    def velocity_m_per_s(self) -> Floats:
        seconds = np.maximum(np.diff(self.time_s, prepend=self.time_s[0] - 1), 1)
        return box_smooth(np.diff(self.distance_m, prepend=self.distance_m[0]) / seconds, 5)

    @cached_property
    def gradient(self) -> Floats | None:
        """Rise over run at each sample over about 30 m, clipped to +-50 %."""
        if self.altitude_m is None:
            return None
        ahead = np.interp(self.distance_m + 15.0, self.distance_m, self.altitude_m)
        behind = np.interp(self.distance_m - 15.0, self.distance_m, self.altitude_m)
        run = np.minimum(self.distance_m + 15.0, self.distance_m[-1]) - np.maximum(self.distance_m - 15.0, 0.0)
        clipped: Floats = np.clip((ahead - behind) / np.maximum(run, 1.0), -0.5, 0.5)
        return clipped


def box_smooth(values: Floats, width: int) -> Floats:
    """Moving average over `width` samples; the ends use what is there."""
    if width <= 1 or values.size < 2:
        return values
    padded = np.concatenate([[0.0], np.cumsum(values)])
    half = width // 2
    index = np.arange(values.size)
    low = np.maximum(index - half, 0)
    high = np.minimum(index + half + 1, values.size)
    smooth: Floats = (padded[high] - padded[low]) / (high - low)
    return smooth


def _climb_m(altitude_m: Floats) -> float:
    """Sum of rises between turning points at least 2 m apart."""
    total = 0.0
    low = high = float(altitude_m[0])
    rising = False
    for height in altitude_m[:: max(altitude_m.size // 4000, 1)].tolist():
        if rising:
            high = max(high, height)
            if high - height >= _GAIN_THRESHOLD_M:
                total += high - low
                low, rising = height, False
        else:
            low = min(low, height)
            if height - low >= _GAIN_THRESHOLD_M:
                high, rising = height, True
    return total + (high - low if rising else 0.0)
