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

Marks = NDArray[np.intp]


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
    gradient = route.gradient
    straight = float(gradient @ route.segment_length_m) / route.length_m
    gentler = np.where(gradient > 0, _GENTLER * gradient, gradient)
    levelled = straight + _LEVELLED * (gradient - straight)
    if straight > 0:
        levelled = np.concatenate((levelled, np.broadcast_to(_EVEN * straight, (len(_EVEN), len(gradient)))))
    marks = _marks(route)
    return _worth_checking(_so_far(route, gentler, kind, marks), _so_far(route, levelled, kind, marks[:1]))


def _marks(route: RouteGeometry) -> Marks:
    """Segments at whose ends the beginnings end: the last, then each kilometre or at most eight."""
    count = len(route.segment_length_m)
    step = max(_MARK_M, route.length_m / _MOST_MARKS) / float(route.segment_length_m[0])
    inner = np.arange(step - 1, count - 1, step).round().astype(np.intp)
    return np.concatenate(([count - 1], inner[inner < count - 1]))


def _so_far(route: RouteGeometry, gradient: FloatArray, kind: Kind, marks: Marks) -> Versions:
    """The route up to each mark (columns) with its gradients replaced by each row of `gradient`, flattened."""
    length = route.segment_length_m
    relative = np.exp(log_relative_pace(gradient, kind))
    unit_time = np.cumsum(length * relative, axis=1)[:, marks]
    on_climbs = np.cumsum(length * extra_on_climbs(relative, gradient), axis=1)[:, marks]
    metres = np.cumsum(length)[marks]
    turn, winding = _turning(route)

    def of_each(per_mark: FloatArray) -> FloatArray:
        return np.tile(per_mark, len(gradient))

    return Versions(
        log_unit_time=np.log(unit_time).ravel(),
        climb_cost=np.log1p(on_climbs / metres).ravel(),
        log_km=of_each(np.log(metres / 1000.0)),
        turn=of_each(turn[marks]),
        winding=of_each(winding[marks]),
    )


def _turning(route: RouteGeometry) -> tuple[FloatArray, FloatArray]:
    if route.turn_rad is None:
        unknown = np.full(len(route.gradient), math.nan)
        return unknown, unknown
    return turning_so_far(route.turn_rad, route.segment_length_m)


def _worth_checking(*parts: Versions) -> Versions:
    """The first and, of the others, those no harder than it by the common curve but not far easier either."""
    whole = float(parts[0].log_unit_time[0])
    columns = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Versions)}
    unit_time = columns["log_unit_time"]
    kept = (unit_time <= whole) & (unit_time >= whole + _WORTH_CHECKING)
    return Versions(**{name: column[kept] for name, column in columns.items()})
