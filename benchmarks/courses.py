"""Made-up courses with a published length, climb and descent, where the real shape is not at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from kernel.tracks import RouteGeometry, route_from_arrays
from kernel.tracks.track import FloatArray

_GRID_M: Final = 10.0
_HILL_M: Final = 5000.0
_WITHIN_KILOMETRE_M: Final = 500.0
_NOTHING: Final = 0.05
_ENOUGH_PASSES: Final = 30


def hilly_course(km: float, gain_m: float, loss_m: float) -> RouteGeometry:
    """Even hills every 5 km over an even slope from start to finish; the slope alone for a mere climb or descent."""
    distance_m = np.linspace(0.0, 1000.0 * km, round(1000.0 * km / _GRID_M) + 1)
    if min(gain_m, loss_m) < _NOTHING * max(gain_m, loss_m):
        only_m = gain_m if gain_m > loss_m else -loss_m
        return route_from_arrays(distance_m, only_m * distance_m / distance_m[-1])
    slope_m = (gain_m - loss_m) * distance_m / distance_m[-1]
    hills = max(1, round(1000.0 * km / _HILL_M))
    return _with_waves(distance_m, slope_m, 1000.0 * km / hills, gain_m)


def course_of_splits(length_m: Sequence[float], gradient: Sequence[float], gain_m: float | None) -> RouteGeometry:
    """Splits at their net gradients (fractions); with `gain_m`, ups and downs within them make up the missing climb."""
    edges_m = np.concatenate(([0.0], np.cumsum(length_m)))
    heights_m = np.concatenate(([0.0], np.cumsum(np.asarray(length_m) * np.asarray(gradient))))
    distance_m = np.linspace(0.0, edges_m[-1], round(edges_m[-1] / _GRID_M) + 1)
    height_m = np.interp(distance_m, edges_m, heights_m)
    if gain_m is None:
        return route_from_arrays(distance_m, height_m)
    return _with_waves(distance_m, height_m, _WITHIN_KILOMETRE_M, gain_m)


def _with_waves(distance_m: FloatArray, height_m: FloatArray, wave_m: float, gain_m: float) -> RouteGeometry:
    """Waves of the height at which the whole climbs `gain_m`; none where it climbs that much already."""
    wave = (1.0 - np.cos(2.0 * np.pi * distance_m / wave_m)) / 2.0
    low, high = 0.0, gain_m
    for _ in range(_ENOUGH_PASSES):
        middle = (low + high) / 2.0
        climbed_m = route_from_arrays(distance_m, height_m + middle * wave).gain_m
        low, high = (middle, high) if climbed_m < gain_m else (low, middle)
    return route_from_arrays(distance_m, height_m + low * wave)
