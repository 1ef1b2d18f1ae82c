"""How a route's time falls on its kilometres, or on any other stretches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from kernel.contracts.prediction import Gait
from kernel.fitted import Kind
from kernel.forecast.distribution import TimeDistribution
from kernel.forecast.gait import walked_share
from kernel.forecast.pacing import Pacing, between, climbed_so_far, whole_numbers
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

SPLIT_M: Final = 1000.0


class SplitForecast(msgspec.Struct, frozen=True, gc=False):
    """A stretch of the route. Quantiles in whole seconds; the medians add up to the route's."""

    from_m: float
    to_m: float
    gain_m: float
    loss_m: float
    mode: Gait
    p10_s: int
    p50_s: int
    p90_s: int


@dataclass(frozen=True, slots=True)
class WalkedPart:
    """How much of the route is walked, of its length and of its median time."""

    distance_m: float
    time_s: float


class Stretches:
    """Cuts one forecast into stretches; what they share is computed once."""

    def __init__(self, route: RouteGeometry, kind: Kind, times: TimeDistribution, pacing: Pacing) -> None:
        self._route, self._times, self._pacing = route, times, pacing
        self._up_m, self._down_m = climbed_so_far(route)
        self._walked = walked_share(route, kind, times.p50_s, pacing)
        self._walked_share = np.concatenate(([0.0], np.cumsum(np.diff(pacing.share) * self._walked)))

    def walked(self) -> WalkedPart:
        """What is walked of the whole."""
        distance_m = float(self._walked @ self._route.segment_length_m)
        return WalkedPart(distance_m, self._times.p50_s * float(self._walked_share[-1]))

    def cut(self, marks_m: FloatArray) -> tuple[SplitForecast, ...]:
        """The stretches between rising marks, of which the first is 0 and the last the route's length."""
        route, times, pacing = self._route, self._times, self._pacing
        share = np.diff(pacing.share_at(marks_m))
        walked = between(marks_m, pacing.edges_m, self._walked_share) > share / 2
        middle = whole_numbers(times.p50_s * share, round(times.p50_s))
        rows = zip(
            marks_m[:-1].tolist(),
            marks_m[1:].tolist(),
            between(marks_m, route.distance_m, self._up_m).tolist(),
            between(marks_m, route.distance_m, self._down_m).tolist(),
            ["walk" if on_foot else "run" for on_foot in walked.tolist()],
            np.minimum(np.rint(times.p10_s * share), middle).astype(int).tolist(),
            middle.tolist(),
            np.maximum(np.rint(times.p90_s * share), middle).astype(int).tolist(),
            strict=True,
        )
        return tuple(SplitForecast(*row) for row in rows)


def kilometre_marks(route: RouteGeometry) -> FloatArray:
    """Start, every kilometre, and the end; a last bit of less than a metre belongs to the kilometre before it."""
    marks = np.append(np.arange(0.0, route.length_m, SPLIT_M), route.length_m)
    if len(marks) > 2 and marks[-1] - marks[-2] < 1.0:
        marks = np.delete(marks, -2)
    return marks
