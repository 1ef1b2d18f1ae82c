"""How a route's time falls on its kilometres, or on any other stretches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernel.contracts.prediction import Gait, Walked
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


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Neighbouring stretches as arrays, one value for each; there is one mark more than there are stretches."""

    marks_m: FloatArray
    gain_m: FloatArray
    loss_m: FloatArray
    walked: NDArray[np.bool_]
    p10_s: FloatArray
    p50_s: NDArray[np.intp]
    p90_s: FloatArray

    def columns(self) -> Iterator[Sequence[Any]]:
        """The fields of `SplitForecast` in their order."""
        marks_m = self.marks_m.tolist()
        yield marks_m[:-1]
        yield marks_m[1:]
        yield self.gain_m.tolist()
        yield self.loss_m.tolist()
        yield ["walk" if on_foot else "run" for on_foot in self.walked.tolist()]
        for seconds in (self.p10_s, self.p50_s, self.p90_s):
            yield seconds.astype(int).tolist()


class Stretches:
    """Cuts one forecast into stretches; what they share is computed once."""

    def __init__(self, route: RouteGeometry, kind: Kind, times: TimeDistribution, pacing: Pacing) -> None:
        self._route, self._times, self._pacing = route, times, pacing
        self._climbed_m = climbed_so_far(route)
        self._walked = walked_share(route, kind, times.p50_s, pacing)
        self._walked_share = np.concatenate(([0.0], np.cumsum(np.diff(pacing.share) * self._walked)))

    @property
    def edges_m(self) -> FloatArray:
        """Where the route's segments begin, and its end."""
        return self._pacing.edges_m

    def walked(self) -> Walked:
        """What is walked of the whole, of its median time."""
        distance_m = float(self._walked @ np.diff(self._route.edges_m))
        return Walked(round(distance_m, 1), round(self._times.p50_s * float(self._walked_share[-1])))

    def kilometres(self) -> tuple[SplitForecast, ...]:
        """One split per kilometre."""
        return tuple(map(SplitForecast, *self.cut(kilometre_marks(self._route)).columns()))

    def cut(self, marks_m: FloatArray) -> Cut:
        """The stretches between rising marks, of which the first is 0 and the last the route's length."""
        route, times, pacing = self._route, self._times, self._pacing
        share = np.diff(pacing.share_at(marks_m))
        up_m, down_m = (np.maximum(between(marks_m, route.distance_m, each), 0.0) for each in self._climbed_m)
        middle = whole_numbers(times.p50_s * share, round(times.p50_s))
        return Cut(
            marks_m=marks_m,
            gain_m=up_m,
            loss_m=down_m,
            walked=between(marks_m, pacing.edges_m, self._walked_share) > share / 2,
            p10_s=np.minimum(np.rint(times.p10_s * share), middle),
            p50_s=middle,
            p90_s=np.maximum(np.rint(times.p90_s * share), middle),
        )


def kilometre_marks(route: RouteGeometry) -> FloatArray:
    """Start, every kilometre, and the end; a last bit of less than a metre belongs to the kilometre before it."""
    marks = np.arange(0.0, route.length_m, SPLIT_M)
    if len(marks) > 1 and route.length_m - marks[-1] < 1.0:
        marks = marks[:-1]
    return np.concatenate((marks, [route.length_m]))
