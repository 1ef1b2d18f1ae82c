"""Published numbers to check forecasts against, from published.json, where their sources stand."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from kernel.pace.categories import CATEGORY_NAMES
from kernel.tracks.track import FloatArray


class PublishedActivity(msgspec.Struct, frozen=True):
    """One runner's activity; each split is metres, net gradient in percent and moving minutes."""

    name: str
    what: str
    gain_m: float
    splits: list[tuple[float, float, float]]


class TwoActivities(msgspec.Struct, frozen=True):
    """Activities of one runner with that runner's profile: P25, P50, P75 in min/km per gradient category."""

    source: str
    note: str
    profile_min_per_km: dict[str, tuple[float, float, float]]
    flat_pace_min_per_km: float
    activities: list[PublishedActivity]

    def profile_s_per_km(self, percentile: int) -> FloatArray:
        """One percentile (0: P25, 1: P50, 2: P75) per category, steepest descent first."""
        return np.array([60.0 * self.profile_min_per_km[name][percentile] for name in CATEGORY_NAMES])


class Station(msgspec.Struct, frozen=True):
    """Arrivals of a field as `H:MM`."""

    name: str
    km: float
    p10: str
    p50: str
    p90: str


class FinishClass(msgspec.Struct, frozen=True):
    """What share of their final time runners of a class had used at a station; `hours` stands for the class."""

    finish: str
    hours: float
    share: float


class SplitRace(msgspec.Struct, frozen=True):
    """A race with splits."""

    source: str
    km: float
    gain_m: float
    loss_m: float
    finishers: int
    stations: list[Station]
    foresthill_share: list[FinishClass]


class Course(msgspec.Struct, frozen=True):
    """A race course without its shape."""

    source: str
    km: float
    gain_m: float
    loss_m: float


class Field(msgspec.Struct, frozen=True):
    """Finish times of one edition as `H:MM:SS`."""

    name: str
    course: str
    finishers: int
    best: str
    p25: str
    p50: str
    p75: str | None = None


class Published(msgspec.Struct, frozen=True):
    """The whole file."""

    two_activities: TwoActivities
    wser: SplitRace
    fields: list[Field]
    courses: dict[str, Course]


def published() -> Published:
    """The numbers of the file beside this module."""
    return msgspec.json.decode(_FILE.read_bytes(), type=Published)


def seconds(clock: str) -> float:
    """Seconds of `H:MM` or `H:MM:SS`."""
    hours, minutes, *rest = (float(part) for part in clock.split(":"))
    return 3600.0 * hours + 60.0 * minutes + sum(rest)


_FILE: Final = Path(__file__).with_suffix(".json")
