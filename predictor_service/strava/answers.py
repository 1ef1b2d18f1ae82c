"""What Strava's API answers, as far as the predictor reads it; unknown fields and sports pass."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

import msgspec

T = TypeVar("T")
LatLng: TypeAlias = tuple[float | None, float | None]


class Summary(msgspec.Struct, frozen=True):
    """One activity of the list. `sport_type` stays a raw string: Strava adds sports without notice."""

    id: int
    start_date: datetime
    sport_type: str = ""
    type: str = ""
    name: str | None = None
    distance: float | None = None
    moving_time: float | None = None
    elapsed_time: float | None = None
    total_elevation_gain: float | None = None
    manual: bool | None = None
    trainer: bool | None = None

    @property
    def sport(self) -> str:
        """`sport_type`, or the deprecated `type` where it is missing."""
        return self.sport_type or self.type

    @property
    def distance_m(self) -> float:
        return self.distance or 0.0

    @property
    def moving_time_s(self) -> float:
        return self.moving_time or 0.0


class Split(msgspec.Struct, frozen=True):
    """One kilometre, the last one partial; the height difference is null where the device had none."""

    distance: float
    moving_time: float
    elevation_difference: float | None = None


class Detail(msgspec.Struct, frozen=True):
    """The detailed activity: only its kilometres are read."""

    id: int
    splits_metric: list[Split] | None = None


class Stream(msgspec.Struct, Generic[T], frozen=True):
    """One value per point; null where the device had none, a position also (0, 0)."""

    data: list[T | None] = []


FloatStream: TypeAlias = Stream[float]
PlaceStream: TypeAlias = Stream[LatLng]


class Streams(msgspec.Struct, frozen=True):
    """The streams of one activity, keyed by type and aligned by index; those the device lacked are absent."""

    time: FloatStream | None = None
    distance: FloatStream | None = None
    altitude: FloatStream | None = None
    latlng: PlaceStream | None = None
