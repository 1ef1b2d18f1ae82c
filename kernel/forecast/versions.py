"""A route and easier versions of it, none of which may take longer than the route itself.

What a history teaches about hills and distance can run against reason: an athlete whose flat outings are all slow
looks as if climbing made them fast. So a route is forecast together with what it surely is not easier than: its own
beginnings, and the same route with its climbs or its hills lowered. The longest of these times is the forecast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.fitted import Kind
from kernel.pace.ground import extra_on_climbs, turning_so_far
from kernel.pace.population import log_relative_pace, relative_pace
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

_MARK_M: Final = 1000.0
_MOST_MARKS: Final = 8
_GENTLER: Final = np.array([[0.9], [0.75], [0.5]])
"""Besides as they are, and none."""
_LEVELLED: Final = np.array([[0.8], [0.5]])
"""Besides wholly."""
_EVEN: Final = np.array([1.0, 0.75, 0.5, 0.25, 0.0])
_WORTH_CHECKING: Final = math.log(0.5)

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Versions:
    """One value per version, the route itself first; see `kernel.pace.features.ActivityFeatures` for what they mean."""

    log_unit_time: FloatArray
    climb_cost: FloatArray
    log_km: FloatArray
    turn: FloatArray
    winding: FloatArray

    def __len__(self) -> int:
        """How many versions."""
        return len(self.log_unit_time)


def versions_of(route: RouteGeometry, kind: Kind) -> Versions:
    """The route and those of its easier versions that might come close to its time.

    A version with lower climbs stands for its beginnings too, so there are as many of it as of `starts`; a levelled or
    wholly even one is whole.
    """
    starts = _starts(route)
    metres = _longest_first(route.segment_length_m, starts)
    unit_time, extra = _gentler(route, kind, starts)
    whole = _levelled(route, kind)
    unit_time, extra = (
        np.concatenate((one.ravel(), other)) for one, other in zip((unit_time, extra), whole, strict=True)
    )
    log_unit_time = np.log(unit_time)
    # no harder than the route itself by the common curve, but not far easier either
    kept = np.flatnonzero((unit_time <= unit_time[0]) & (log_unit_time >= log_unit_time[0] + _WORTH_CHECKING))
    part = np.where(kept < len(unit_time) - len(whole[0]), kept % len(starts), 0)
    turn, winding = _turning(route, starts)
    return Versions(
        log_unit_time=log_unit_time[kept],
        climb_cost=np.log1p(extra[kept] / metres[part]),
        log_km=np.log(metres / 1000.0)[part],
        turn=turn[part],
        winding=winding[part],
    )


def _starts(route: RouteGeometry) -> Indices:
    """Where the parts begin that beginnings are made of: each kilometre or more, so that there are about eight."""
    count = len(route.segment_length_m)
    step = max(_MARK_M, route.length_m / _MOST_MARKS) / float(route.segment_length_m[0])
    inner = np.arange(step, count, step).round().astype(np.intp)
    return np.concatenate(([0], inner[inner < count]))


def _gentler(route: RouteGeometry, kind: Kind, starts: Indices) -> tuple[FloatArray, FloatArray]:
    """Unit time, and what climbs add to it, of the route and of it with lower climbs: each whole, then its parts."""
    length, gradient = route.segment_length_m, route.gradient
    up = gradient > 0
    relative = np.repeat(relative_pace(route, kind)[None, :], len(_GENTLER) + 2, axis=0)
    relative[1:-1, up] = np.exp(log_relative_pace(_GENTLER * gradient[up], kind))
    relative[-1, up] = 1.0
    unit_time, extra = length * relative, length * (relative - 1.0) * up
    return _longest_first(unit_time, starts).ravel(), _longest_first(extra, starts).ravel()


def _levelled(route: RouteGeometry, kind: Kind) -> tuple[FloatArray, FloatArray]:
    """The same of the route drawn towards the even slope from its start to its end; where that climbs, of it too."""
    length, gradient = route.segment_length_m, route.gradient
    whole_m = float(length.sum())
    straight = float(gradient @ length) / whole_m
    levelled = straight + _LEVELLED * (gradient - straight)
    relative = np.exp(log_relative_pace(levelled, kind))
    even_slope = straight * (_EVEN if straight > 0 else _EVEN[:1])
    even = np.exp(log_relative_pace(even_slope, kind))
    unit_time = np.concatenate((relative @ length, even * whole_m))
    extra = extra_on_climbs(relative, levelled) @ length
    return unit_time, np.concatenate((extra, extra_on_climbs(even, even_slope) * whole_m))


def _longest_first(values: FloatArray, starts: Indices) -> FloatArray:
    """Sums of the last axis from the start to the end of each part, that of the whole first."""
    sums: FloatArray = np.add.reduceat(values, starts, axis=-1).cumsum(axis=-1)[..., ::-1]
    return sums


def _turning(route: RouteGeometry, starts: Indices) -> tuple[FloatArray, ...]:
    """`turn` and `winding` of the whole and its beginnings."""
    if route.turn_rad is None:
        unknown = np.full(len(starts), math.nan)
        return unknown, unknown
    ends = np.concatenate((starts[1:], [len(route.gradient)]))[::-1] - 1
    return tuple(known[ends] for known in turning_so_far(route.turn_rad, route.segment_length_m))
