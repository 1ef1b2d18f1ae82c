"""Whether an outing went along a course, told by how hard both are: neither side keeps where it lies.

What is compared is what features have: length, unit time on the population curve, the cost of the climbs, turning, and
how much of it lies at which gradient. No place and no order of the ground can be made of that again. Two courses
that are alike in all of it are the same question to a forecast, and may be taken for each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from kernel.fitted import Kind
from kernel.pace.categories import CATEGORY_COUNT, categories_of
from kernel.pace.features import FEATURES_FORMAT, ActivityFeatures
from kernel.pace.ground import ground_of_route
from kernel.pace.samples import SAMPLE_M, SHORTEST_SAMPLE_M
from kernel.stored import Format
from kernel.tracks import RouteGeometry

COURSE_FORMAT: Final = Format("Courses of the ledger", "CS", 1, FEATURES_FORMAT.digests)
"""Outings are compared with courses that were measured by the same numbers."""
LENGTH: Final = 0.03
UNIT_TIME: Final = 0.04
CLIMB_COST: Final = 0.02
TURN: Final = 0.1
"""How far an outing may be off from its course: the logarithms of length and unit time, that of the cost of its climbs,
and root radians per 100 m. From repeats of routes in recordings of 11 people: `python -m benchmarks.ledger`."""
SHARED_GRADIENTS: Final = 0.7
"""The share of the kilometres that both must have at the same gradients: one that begins elsewhere has another."""


class CourseFeatures(msgspec.Struct, frozen=True, array_like=True):
    """How hard a course is, as `ActivityFeatures` say it; `category_metres` are kilometres by their net gradient."""

    kind: Kind
    log_unit_time: float
    climb_cost: float
    log_km: float
    turn: float
    category_metres: tuple[float, ...]

    def to_bytes(self) -> bytes:
        """A compact form for storage, of about 150 bytes."""
        return COURSE_FORMAT.pack(self.kind, msgspec.msgpack.encode(self))

    @classmethod
    def from_bytes(cls, packed: bytes) -> CourseFeatures:
        """What `to_bytes` packed. Raises ValueError if these are not such bytes, or of another version."""
        return msgspec.msgpack.decode(COURSE_FORMAT.unpack(packed), type=cls)


def course_features(route: RouteGeometry, kind: Kind) -> CourseFeatures:
    """What is kept of a course to recognise an outing along it."""
    ground = ground_of_route(route, kind)
    edges = np.append(np.arange(0.0, route.length_m, SAMPLE_M), route.length_m)
    length_m = np.diff(edges)
    rise_m = np.diff(np.interp(edges, route.distance_m, route.elevation_m))
    whole = length_m >= SHORTEST_SAMPLE_M
    categories = categories_of(rise_m[whole] / length_m[whole])
    metres = np.bincount(categories, weights=length_m[whole], minlength=CATEGORY_COUNT)
    return CourseFeatures(
        kind=kind,
        log_unit_time=ground.log_unit_time,
        climb_cost=ground.climb_cost,
        log_km=ground.log_km,
        turn=ground.turn,
        category_metres=tuple(np.round(metres, 1).tolist()),
    )


def went_along(course: CourseFeatures, outing: ActivityFeatures) -> bool:
    """Whether the outing may be one along the course: as long, as hard, as steep, as winding, and of the same kind."""
    return (
        course.kind == outing.kind
        and abs(course.log_km - outing.log_km) <= LENGTH
        and abs(course.log_unit_time - outing.log_unit_time) <= UNIT_TIME
        and abs(course.climb_cost - outing.climb_cost) <= CLIMB_COST
        # turning is unknown of outings of which only kilometres are, and a NaN is not beyond anything
        and not abs(course.turn - outing.turn) > TURN
        and _shared(course.category_metres, outing.category_metres) >= SHARED_GRADIENTS
    )


def unlikeness(course: CourseFeatures, outing: ActivityFeatures) -> float:
    """How far an outing is off, 0 for the very same: to choose among several that may be it."""
    off = (
        (course.log_km - outing.log_km) / LENGTH,
        (course.log_unit_time - outing.log_unit_time) / UNIT_TIME,
        (course.climb_cost - outing.climb_cost) / CLIMB_COST,
    )
    return math.hypot(*off)


def _shared(one: Sequence[float], other: Sequence[float]) -> float:
    """The part of the kilometres that both have in each category; 1 where one of them has none."""
    whole = min(math.fsum(one), math.fsum(other))
    return 1.0 if whole <= 0.0 else math.fsum(map(min, one, other)) / whole
