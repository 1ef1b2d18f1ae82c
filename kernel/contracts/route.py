"""Stored routes, and the catalogue of races."""

from __future__ import annotations

import msgspec

from kernel.contracts.prediction import RouteFacts


class ElevationPoint(msgspec.Struct, frozen=True, array_like=True):
    """`[distance_m, elevation_m]` of the smoothed profile, for drawing."""

    distance_m: float
    elevation_m: float


class Route(msgspec.Struct, frozen=True):
    """A route the predictor has stored; `id` is the `gpx_file_id` of a prediction."""

    id: str
    facts: RouteFacts
    points: int
    elevation: list[ElevationPoint]
    name: str | None = None


class RaceDistance(msgspec.Struct, frozen=True):
    """One distance of a race. `id` is the `distance_id` of a prediction."""

    id: str
    name: str
    facts: RouteFacts


class Race(msgspec.Struct, frozen=True):
    """A race. `id` is the `race_id` of a prediction."""

    id: str
    name: str
    country: str
    distances: list[RaceDistance]


class RaceList(msgspec.Struct, frozen=True):
    """Every race of the catalogue, by name."""

    races: list[Race]
