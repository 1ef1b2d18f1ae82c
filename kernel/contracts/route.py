"""Stored routes, and the catalogue of races."""

from __future__ import annotations

import msgspec


class RouteFacts(msgspec.Struct, frozen=True):
    """Length and climbing of the route, with the band D+ lies in."""

    distance_m: float
    gain_m: float
    loss_m: float
    gain_band_m: tuple[float, float]


class ElevationPoint(msgspec.Struct, frozen=True, array_like=True):
    """`[distance_m, elevation_m]` of the smoothed profile, for drawing."""

    distance_m: float
    elevation_m: float


class Route(msgspec.Struct, frozen=True):
    """A route the predictor has stored; `id` is the `gpx_file_id` of a prediction.

    `time_zone` is the one where it starts; null for routes stored before it was kept.
    """

    id: str
    facts: RouteFacts
    points: int
    elevation: list[ElevationPoint]
    name: str | None = None
    time_zone: str | None = None


class TrackPoint(msgspec.Struct, frozen=True, array_like=True):
    """`[lat_deg, lon_deg, elevation_m, distance_m]` of a place on the route, its height from the smoothed profile."""

    lat_deg: float
    lon_deg: float
    elevation_m: float
    distance_m: float


class RouteTrack(msgspec.Struct, frozen=True):
    """Where a stored route runs: up to 10,000 points, none where only its profile is kept."""

    id: str
    name: str | None
    elevation: list[ElevationPoint]
    points: list[TrackPoint]


class RaceDistance(msgspec.Struct, frozen=True):
    """One distance of a race. `id` is the `distance_id` of a prediction."""

    id: str
    name: str
    facts: RouteFacts


class RaceCourse(RaceDistance, frozen=True):
    """The same with its profile."""

    elevation: list[ElevationPoint]


class Race(msgspec.Struct, frozen=True):
    """A race. `id` is the `race_id` of a prediction."""

    id: str
    name: str
    country: str
    distances: list[RaceDistance]


class RaceList(msgspec.Struct, frozen=True):
    """Every race of the catalogue, by name."""

    races: list[Race]


Figure = float | str | list[str]
"""A number in the unit its name says, or names."""


class CourseWarning(msgspec.Struct, frozen=True):
    """What was wrong with the file of a course and what was done about it, or what to know about so long a day.

    `code` is stable, `message` an English sentence, `detail` the figures in it by name (`_m` metres,
    `_percent`, `_times`).
    """

    code: str
    message: str
    detail: dict[str, Figure] = {}
