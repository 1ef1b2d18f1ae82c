"""A route's geometry as the wire shows it."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernel.contracts.prediction import RouteFacts
from kernel.contracts.route import ElevationPoint
from kernel.tracks import RouteGeometry

MOST_DRAWN_POINTS: Final = 500


def facts_of(geometry: RouteGeometry) -> RouteFacts:
    """Length and climbing, to a tenth of a metre."""
    low_m, high_m = geometry.gain_band_m
    return RouteFacts(
        distance_m=round(geometry.length_m, 1),
        gain_m=round(geometry.gain_m, 1),
        loss_m=round(geometry.loss_m, 1),
        gain_band_m=(round(low_m, 1), round(high_m, 1)),
    )


def elevation_of(geometry: RouteGeometry) -> list[ElevationPoint]:
    """The elevation along the route at 500 places or fewer, both ends included: enough for any screen."""
    count = min(MOST_DRAWN_POINTS, len(geometry.distance_m))
    picked = np.unique(np.linspace(0, len(geometry.distance_m) - 1, count).round().astype(int))
    return [
        ElevationPoint(round(float(distance_m), 1), round(float(elevation_m), 1))
        for distance_m, elevation_m in zip(geometry.distance_m[picked], geometry.elevation_m[picked], strict=True)
    ]
