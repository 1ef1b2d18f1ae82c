"""A stored route."""

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
