"""How a route's time falls on its kilometres, or on any other stretches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernel.contracts.prediction import Gait, Walked
from kernel.fitted import Kind
from kernel.forecast.distribution import TimeDistribution
from kernel.forecast.gait import walked_share
from kernel.forecast.pacing import Pacing, whole_numbers
from kernel.forecast.relief import Relief
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
    """Neighbouring stretches as arrays, one value for each; marks, with their heights, are one more than stretches."""

    marks_m: FloatArray
    height_m: FloatArray
    gain_m: FloatArray
    loss_m: FloatArray
    walked: NDArray[np.bool_]
    p10_s: FloatArray
    p50_s: NDArray[np.intp]
    p90_s: FloatArray

    def part(self, row: slice) -> Cut:
        """Some of the stretches."""
        marks = slice(row.start, row.stop + 1)
        return Cut(
            *(self.marks_m[marks], self.height_m[marks], self.gain_m[row], self.loss_m[row]),
            *(self.walked[row], self.p10_s[row], self.p50_s[row], self.p90_s[row]),
        )

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

    def __init__(self, relief: Relief, kind: Kind, times: TimeDistribution, pacing: Pacing) -> None:
        route = relief.route
        self.relief, self._times, self._pacing = relief, times, pacing
        self._walked = walked_share(route, kind, times.p50_s, pacing)
        self._walked_share = np.concatenate(([0.0], (_between(pacing.share) * self._walked).cumsum()))

    def walked(self) -> Walked:
        """What is walked of the whole, of its median time."""
        distance_m = float(self._walked @ _between(self.relief.route.edges_m))
        return Walked(round(distance_m, 1), round(self._times.p50_s * float(self._walked_share[-1])))

    def cut(self, *marks_m: FloatArray) -> list[Cut]:
        """The stretches between rising marks, of which the first is 0 and the last the route's length.

        In as many ways as there are rows of marks, and at once: there is more to asking than to answering.
        """
        times, pacing, at_m = self._times, self._pacing, np.concatenate(marks_m)
        share, walked = (_between(np.interp(at_m, pacing.edges_m, each)) for each in (pacing.share, self._walked_share))
        climbed = self.relief.at(at_m)
        ends = accumulate(map(len, marks_m))
        rows = [slice(end - len(marks), end - 1) for end, marks in zip(ends, marks_m, strict=True)]
        middle, middle_s = np.zeros(len(share), dtype=np.intp), times.p50_s * share
        for row in rows:
            middle[row] = whole_numbers(middle_s[row], round(times.p50_s))
        whole = Cut(
            marks_m=at_m,
            height_m=climbed.height_m,
            gain_m=np.maximum(_between(climbed.up_m), 0.0),
            loss_m=np.maximum(_between(climbed.down_m), 0.0),
            walked=walked > share / 2,
            p10_s=np.minimum(np.rint(times.p10_s * share), middle),
            p50_s=middle,
            p90_s=np.maximum(np.rint(times.p90_s * share), middle),
        )
        return [whole.part(row) for row in rows]


def _between(so_far: FloatArray) -> FloatArray:
    """How much of something falls between neighbouring places at which it adds up to this."""
    return so_far[1:] - so_far[:-1]


def splits_of(cut: Cut) -> tuple[SplitForecast, ...]:
    """One split for each stretch."""
    return tuple(map(SplitForecast, *cut.columns()))


def kilometre_marks(route: RouteGeometry) -> FloatArray:
    """Start, every kilometre, and the end; a last bit of less than a metre belongs to the kilometre before it."""
    marks = np.arange(0.0, route.length_m, SPLIT_M)
    if len(marks) > 1 and route.length_m - marks[-1] < 1.0:
        marks = marks[:-1]
    return np.concatenate((marks, [route.length_m]))
