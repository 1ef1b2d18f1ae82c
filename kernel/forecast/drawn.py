"""A course that is drawn longer or shorter than it is: what its organiser measured corrects it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from kernel.contracts.prediction import CheckpointRequest
from kernel.errors import DomainError
from kernel.tracks import RouteGeometry
from kernel.tracks.geometry import STEEPEST

_MOST: Final = 1.2


class LengthImplausible(DomainError):
    """A stated length so far from the drawn one that the file is another course."""

    def __init__(self, stated_m: float, drawn_m: float) -> None:
        super().__init__(
            f"The course is drawn as {drawn_m / 1000:.1f} km; {stated_m / 1000:.1f} km would be another course. "
            f"State a distance between {drawn_m / _MOST / 1000:.1f} and {_MOST * drawn_m / 1000:.1f} km."
        )


def drawn_as(
    route: RouteGeometry, checkpoints: Sequence[CheckpointRequest], length_m: float
) -> tuple[RouteGeometry, Sequence[CheckpointRequest]]:
    """The route and its own checkpoints stretched evenly to a length; it climbs what it climbed.

    Raises LengthImplausible for one more than a fifth off.
    """
    factor = length_m / route.length_m
    if not 1.0 / _MOST <= factor <= _MOST:
        raise LengthImplausible(length_m, route.length_m)
    # a length that is stated counts the bends that the line does not show
    way = float(np.clip(route.way / factor, min(1.0, route.way), max(1.0, route.way)))
    distance_m = route.distance_m * factor
    stretched = replace(
        route,
        distance_m=distance_m,
        edges_m=np.linspace(0.0, float(distance_m[-1]), len(route.edges_m)),
        segment_length_m=route.segment_length_m * factor * way / route.way,
        gradient=np.clip(route.gradient / factor, -STEEPEST, STEEPEST),
        turn_rad=None if route.turn_rad is None else route.turn_rad / factor,
        way=way,
    )
    return stretched, [msgspec.structs.replace(each, at_m=each.at_m * factor) for each in checkpoints]
