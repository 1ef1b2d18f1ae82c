"""When the sun passes a height over a place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from kernel.tracks.track import FloatArray

HORIZON_DEG: Final = -0.833
"""The sun's centre at sunrise and sunset: refraction and its radius, as almanacs count."""

CIVIL_DEG: Final = -6.0

FIRST_YEAR: Final = 1901
LAST_YEAR: Final = 2099
"""The formulas of the sun's place hold in these years."""

_STEP_S: Final = 1800.0
_CLOSE_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a route starts."""

    lat_deg: float
    lon_deg: float

    def coarse(self) -> Place:
        """To a tenth of a degree, which moves the sun by less than a minute."""
        return Place(round(self.lat_deg, 1), round(self.lon_deg, 1))


@dataclass(frozen=True, slots=True, eq=False)
class Sky:
    """The sun's height over a place, sampled from `start` on and for a while before; times are seconds after it."""

    place: Place
    start: datetime
    at_s: FloatArray
    height_deg: FloatArray

    def crossings(self, height_deg: float, *, rising: bool) -> FloatArray:
        """When the sun passes this height upward or downward, to a second."""
        above = self.height_deg >= height_deg
        change = np.flatnonzero(above[1:] & ~above[:-1] if rising else above[:-1] & ~above[1:])
        return np.array([self._crossing(float(self.at_s[i]), height_deg, rising=rising) for i in change])

    def is_below(self, height_deg: float) -> bool:
        """Whether the sun is below this height at the start."""
        return _height_deg(self.place, self.start, 0.0) < height_deg

    def _crossing(self, low_s: float, height_deg: float, *, rising: bool) -> float:
        high_s = low_s + _STEP_S
        while high_s - low_s > _CLOSE_S:
            middle_s = (low_s + high_s) / 2
            passed = (_height_deg(self.place, self.start, middle_s) >= height_deg) == rising
            low_s, high_s = (low_s, middle_s) if passed else (middle_s, high_s)
        return (low_s + high_s) / 2


def sky_over(place: Place, start: datetime, before_s: float, after_s: float) -> Sky:
    """The sky from so long before `start` (an instant with a zone) to so long after it."""
    at_s = np.arange(-before_s, after_s + _STEP_S, _STEP_S)
    start = start.astimezone(UTC)
    return Sky(place, start, at_s, np.array([_height_deg(place, start, second) for second in at_s.tolist()]))


def _height_deg(place: Place, start: datetime, after_s: float) -> float:
    from astral import Observer  # noqa: PLC0415 - 20 ms of import that only forecasts with a start need
    from astral.sun import elevation  # noqa: PLC0415 - as above

    observer = Observer(place.lat_deg, place.lon_deg)
    return float(elevation(observer, start + timedelta(seconds=after_s), with_refraction=False))
