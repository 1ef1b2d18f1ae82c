"""A route and easier versions of it, none of which may take longer than the route itself.

What a history teaches about hills and distance can run against reason: an athlete whose flat outings are all slow
looks as if climbing made them fast. So a route is forecast together with what it surely is not easier than: its own
beginnings, and the same route with its climbs or its hills lowered. The longest of these times is the forecast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.fitted import Kind
from kernel.pace.ground import extra_on_climbs, turning_so_far
from kernel.pace.population import log_relative_pace
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

_MARK_M: Final = 1000.0
_MOST_MARKS: Final = 8
_GENTLER: Final = np.array([[1.0], [0.9], [0.75], [0.5], [0.0]])
_LEVELLED: Final = np.array([[0.8], [0.5], [0.0]])
_EVEN: Final = np.array([[0.75], [0.5], [0.25], [0.0]])
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

    def first(self) -> Versions:
        """The route alone."""
        return Versions(**{field.name: getattr(self, field.name)[:1] for field in fields(self)})


def versions_of(route: RouteGeometry, kind: Kind) -> Versions:
    """The route and those of its easier versions that might come close to its time."""
    gradient, length = route.gradient, route.segment_length_m
    straight = float(gradient @ length) / route.length_m
    gentler = np.where(gradient > 0, _GENTLER * gradient, gradient)
    levelled = straight + _LEVELLED * (gradient - straight)
    starts = _starts(route)
    turning = _turning(route, starts)
    whole = tuple(known[:1] for known in turning)
    parts = [_so_far(length, gentler, kind, starts, turning), _so_far(length, levelled, kind, starts[:1], whole)]
    if straight > 0:
        parts.append(_so_far(np.array([route.length_m]), _EVEN * straight, kind, starts[:1], whole))
    return _worth_checking(*parts)


def _starts(route: RouteGeometry) -> Indices:
    """Where the parts begin that beginnings are made of: each kilometre or more, so that there are about eight."""
    count = len(route.segment_length_m)
    step = max(_MARK_M, route.length_m / _MOST_MARKS) / float(route.segment_length_m[0])
    inner = np.arange(step, count, step).round().astype(np.intp)
    return np.concatenate(([0], inner[inner < count]))


def _so_far(
    length_m: FloatArray, gradient: FloatArray, kind: Kind, starts: Indices, turning: tuple[FloatArray, ...]
) -> Versions:
    """The whole and its beginnings (columns), with its gradients replaced by each row of `gradient`, flattened."""
    relative = np.exp(log_relative_pace(gradient, kind))
    metres = _longest_first(length_m, starts)
    turn, winding = (np.tile(known, len(gradient)) for known in turning)
    return Versions(
        log_unit_time=np.log(_longest_first(length_m * relative, starts)).ravel(),
        climb_cost=np.log1p(_longest_first(length_m * extra_on_climbs(relative, gradient), starts) / metres).ravel(),
        log_km=np.tile(np.log(metres / 1000.0), len(gradient)),
        turn=turn,
        winding=winding,
    )


def _longest_first(values: FloatArray, starts: Indices) -> FloatArray:
    """Sums of the last axis from the start to the end of each part, that of the whole first."""
    sums: FloatArray = np.cumsum(np.add.reduceat(values, starts, axis=-1), axis=-1)[..., ::-1]
    return sums


def _turning(route: RouteGeometry, starts: Indices) -> tuple[FloatArray, ...]:
    """`turn` and `winding` of the whole and its beginnings."""
    if route.turn_rad is None:
        unknown = np.full(len(starts), math.nan)
        return unknown, unknown
    ends = np.append(starts[1:], len(route.gradient))[::-1] - 1
    return tuple(known[ends] for known in turning_so_far(route.turn_rad, route.segment_length_m))


def _worth_checking(*parts: Versions) -> Versions:
    """The first and, of the others, those no harder than it by the common curve but not far easier either."""
    whole = float(parts[0].log_unit_time[0])
    columns = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Versions)}
    unit_time = columns["log_unit_time"]
    kept = (unit_time <= whole) & (unit_time >= whole + _WORTH_CHECKING)
    return Versions(**{name: column[kept] for name, column in columns.items()})
