"""What Strava's API answers, as far as the predictor reads it.

Unknown fields and sports pass; an odd value counts as none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec


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
        return max(self.distance or 0.0, 0.0)

    @property
    def moving_time_s(self) -> float:
        return max(self.moving_time or 0.0, 0.0)

    @property
    def elapsed_time_s(self) -> float:
        """From start to end, never less than the moving time."""
        return max(self.elapsed_time or 0.0, self.moving_time_s)


class Split(msgspec.Struct, frozen=True):
    """One kilometre, the last one partial; the height difference is None where the device had none."""

    distance: Any = None
    moving_time: Any = None
    elevation_difference: Any = None

    @property
    def distance_m(self) -> float:
        return max(number(self.distance) or 0.0, 0.0)

    @property
    def moving_time_s(self) -> float:
        return max(number(self.moving_time) or 0.0, 0.0)

    @property
    def rise_m(self) -> float | None:
        """Net, end minus start."""
        return number(self.elevation_difference)


class Owner(msgspec.Struct, frozen=True):
    """Whose activity it is."""

    id: int | None = None


class Detail(msgspec.Struct, frozen=True):
    """The detailed activity: only its kilometres and its owner are read."""

    id: int
    splits_metric: list[Split] | None = None
    athlete: Owner | None = None


class ListPage(NamedTuple):
    """One page of the list: the activities that can be understood, and of how many entries."""

    activities: Sequence[Summary]
    entries: int


class Named(NamedTuple):
    """One activity as it was asked for by its id: as the list would tell it, and its details."""

    summary: Summary
    detail: Detail


class Stream(msgspec.Struct, frozen=True):
    """One value per point: a number, or `[latitude, longitude]`; null where the device had none, or (0, 0)."""

    data: list[Any] = []

    def numbers(self) -> list[float]:
        """Finite numbers, nan for everything else."""
        return [math.nan if (told := number(value)) is None else told for value in self.data]

    def places_deg(self) -> list[tuple[float, float]]:
        """Latitudes and longitudes on Earth, nan for everything else."""
        return [_place(value) for value in self.data]


class Streams(msgspec.Struct, frozen=True):
    """The streams of one activity, keyed by type and aligned by index; those the device lacked are absent."""

    time: Stream | None = None
    distance: Stream | None = None
    altitude: Stream | None = None
    latlng: Stream | None = None


def number(value: object) -> float | None:
    """A finite number; None for whatever else stands in its place."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        told = float(value)
    except OverflowError:
        return None
    return told if math.isfinite(told) else None


def summary_of(entry: msgspec.Raw) -> Summary | None:
    """An entry of the list, without those of its values that are odd; None unless it says which activity began when."""
    summary: Summary | None
    try:
        summary = msgspec.json.decode(entry, type=Summary)
    except (msgspec.DecodeError, ValueError):
        summary = _without_odd_values(entry)
    if summary is not None and summary.start_date.tzinfo is None:
        return msgspec.structs.replace(summary, start_date=summary.start_date.replace(tzinfo=UTC))
    return summary


def _without_odd_values(entry: msgspec.Raw) -> Summary | None:
    try:
        told = msgspec.json.decode(entry, type=dict[str, Any])
        return msgspec.convert({name: told[name] for name in told if _is_usual(name, told[name])}, Summary)
    except (msgspec.DecodeError, ValueError):
        return None


def _is_usual(name: str, value: object) -> bool:
    """Whether a field that is read holds what it should."""
    kinds = {field.encode_name: field.type for field in msgspec.structs.fields(Summary)}
    if name not in kinds:
        return False
    try:
        msgspec.convert(value, kinds[name])
    except msgspec.ValidationError:
        return False
    return True


def _place(value: object) -> tuple[float, float]:
    if isinstance(value, list) and len(value) == 2:
        lat_deg, lon_deg = number(value[0]), number(value[1])
        if lat_deg is not None and lon_deg is not None and _is_on_earth(lat_deg, lon_deg):
            return lat_deg, lon_deg
    return math.nan, math.nan


def _is_on_earth(lat_deg: float, lon_deg: float) -> bool:
    return (lat_deg, lon_deg) != (0.0, 0.0) and abs(lat_deg) <= 90.0 and abs(lon_deg) <= 180.0
