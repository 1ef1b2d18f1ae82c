"""Kilometre samples: how fast someone went at which gradient.

A sample is one kilometre of moving time against net gradient, whatever the source: what Strava calls a metric split,
and what a recording is cut into. So the eleven categories count the same thing for both. A last piece of at least 500
m is a sample too; anything faster than 2:30 or slower than 60 min/km is not (a vehicle, a pause).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.pace.categories import CATEGORY_COUNT, categories_of
from kernel.tracks import Recording, RouteGeometry
from kernel.tracks.track import FloatArray

SAMPLE_M: Final = 1000.0
SHORTEST_SAMPLE_M: Final = 500.0
FASTEST_S_PER_KM: Final = 150.0
SLOWEST_S_PER_KM: Final = 3600.0


@dataclass(frozen=True, slots=True)
class SplitSample:
    """One of Strava's metric splits; the elevation difference is net, end minus start."""

    distance_m: float
    moving_time_s: float
    elevation_difference_m: float


@dataclass(frozen=True, slots=True)
class CategoryTotals:
    """Moving seconds, metres and number of samples in each of the eleven categories."""

    moving_s: tuple[float, ...]
    length_m: tuple[float, ...]
    count: tuple[int, ...]


def totals_of(length_m: FloatArray, rise_m: FloatArray, moving_s: FloatArray) -> CategoryTotals:
    """Samples sorted into categories, the implausible ones left out."""
    long_enough = length_m >= SHORTEST_SAMPLE_M
    length_m, rise_m, moving_s = length_m[long_enough], rise_m[long_enough], moving_s[long_enough]
    s_per_km = 1000.0 * moving_s / length_m
    plausible = (s_per_km >= FASTEST_S_PER_KM) & (s_per_km <= SLOWEST_S_PER_KM)
    category = categories_of(rise_m[plausible] / length_m[plausible])

    def per_category(values: FloatArray) -> FloatArray:
        return np.bincount(category, weights=values[plausible], minlength=CATEGORY_COUNT).astype(np.float64)

    return CategoryTotals(
        moving_s=tuple(np.round(per_category(moving_s), 1).tolist()),
        length_m=tuple(np.round(per_category(length_m), 1).tolist()),
        count=tuple(np.bincount(category, minlength=CATEGORY_COUNT).tolist()),
    )


def samples_of_recording(recording: Recording, route: RouteGeometry) -> CategoryTotals:
    """Kilometre samples cut out of a recording over the route it ran."""
    edges = np.append(np.arange(0.0, route.length_m, SAMPLE_M), route.length_m)
    heights = np.interp(edges, route.distance_m, route.elevation_m)
    moving_s = np.diff(recording.moving_s_at(edges + recording.distance_m[0]))
    return totals_of(np.diff(edges), np.diff(heights), moving_s)
