"""A route and easier versions of it, none of which may take longer than the route itself.

What a history teaches about hills and distance can run against reason: an athlete whose flat outings are all slow
looks as if climbing made them fast. So a route is forecast together with what it surely is not easier than: its own
beginnings, and the same route with its climbs or its hills lowered. The longest of these times is the forecast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
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


def joined(some: Sequence[Versions]) -> Versions:
    """Those of several routes, one after the other."""
    return Versions(*(np.concatenate([getattr(each, one.name) for each in some]) for one in fields(Versions)))


def versions_of(route: RouteGeometry, kind: Kind) -> Versions:
    """The route and those of its easier versions that might come close to its time.

    A version with lower climbs stands for its beginnings too, so there are as many of it as of `ends`; a levelled or
    wholly even one is whole.
    """
    ends, (climbs,) = _ends(route), (route.gradient > 0).nonzero()
    slopes = (_GENTLER * route.gradient[climbs], *_levelled(route))
    relative = _relative_paces(slopes, kind)
    gentler, whole = _gentler(route, kind, ends, (climbs, relative[0])), _whole(route, slopes[1:], relative[1:])
    unit_time, extra = (np.concatenate((one.ravel(), *others)) for one, *others in zip(gentler, *whole, strict=True))
    metres = route.segment_length_m.cumsum()[ends - 1]
    log_unit_time = np.log(unit_time)
    # no harder than the route itself by the common curve, but not far easier either
    (kept,) = ((unit_time <= unit_time[0]) & (log_unit_time >= log_unit_time[0] + _WORTH_CHECKING)).nonzero()
    part = np.where(kept < gentler[0].size, kept % len(ends), 0)
    turn, winding = _turning(route, ends)
    return Versions(
        log_unit_time=log_unit_time[kept],
        climb_cost=np.log1p(extra[kept] / metres[part]),
        log_km=np.log(metres / 1000.0)[part],
        turn=turn[part],
        winding=winding[part],
    )


def _ends(route: RouteGeometry) -> Indices:
    """Where the route and its beginnings end, longest first: each kilometre or more, so that there are about eight."""
    count = len(route.segment_length_m)
    step = max(_MARK_M, route.length_m / _MOST_MARKS) / float(route.segment_length_m[0])
    inner = np.arange(step, count, step).round().astype(np.intp)
    return np.concatenate((inner[inner < count], [count]))[::-1]


def _relative_paces(slopes: Sequence[FloatArray], kind: Kind) -> list[FloatArray]:
    """Pace over flat pace at each of these gradients, looked up at once: there is more to asking than to answering."""
    together = np.exp(log_relative_pace(np.concatenate([each.ravel() for each in slopes]), kind))
    ends = accumulate(each.size for each in slopes)
    return [together[end - each.size : end].reshape(each.shape) for each, end in zip(slopes, ends, strict=True)]


def _gentler(
    route: RouteGeometry, kind: Kind, ends: Indices, climbs: tuple[Indices, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Unit time, and what climbs add to it, of the route and of it with lower climbs (rows), each to these ends.

    `climbs` are the segments that climb, and the relative paces where they are lower.
    """
    length, relative, (at, lower) = route.segment_length_m, relative_pace(route, kind), climbs
    extra = np.zeros((len(lower) + 2, len(at) + 1))
    extra[0, 1:], extra[1:-1, 1:] = relative[at], lower
    extra[:-1, 1:] -= 1.0
    extra *= np.concatenate(([0.0], length[at]))
    added = extra.cumsum(axis=1)[:, at.searchsorted(ends)]
    level = relative.copy()
    level[at] = 1.0
    return (length * level).cumsum()[ends - 1] + added, added


def _levelled(route: RouteGeometry) -> tuple[FloatArray, FloatArray]:
    """The route drawn towards the even slope from its start to its end; where that climbs, it too and less of it."""
    length, gradient = route.segment_length_m, route.gradient
    straight = float(gradient @ length) / float(length.sum())
    return straight + _LEVELLED * (gradient - straight), straight * (_EVEN if straight > 0 else _EVEN[:1])


def _whole(
    route: RouteGeometry, slopes: Sequence[FloatArray], relative: Sequence[FloatArray]
) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Unit time, and what climbs add to it, of the levelled route, and of even slopes as long."""
    length, extra = route.segment_length_m, list(map(extra_on_climbs, relative, slopes))
    whole_m = float(length.sum())
    return (relative[0] @ length, extra[0] @ length), (relative[1] * whole_m, extra[1] * whole_m)


def _turning(route: RouteGeometry, ends: Indices) -> tuple[FloatArray, ...]:
    """`turn` and `winding` of the whole and its beginnings."""
    if route.turn_rad is None:
        unknown = np.full(len(ends), math.nan)
        return unknown, unknown
    return tuple(known[ends - 1] for known in turning_so_far(route.turn_rad, route.segment_length_m))
