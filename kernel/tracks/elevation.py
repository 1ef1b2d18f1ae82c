"""Elevation along distance: a uniform grid, Gaussian smoothing, and climbing counted with hysteresis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from kernel.tracks.track import FloatArray

GRID_M: Final = 10.0
SMOOTHING_SIGMA_M: Final = 30.0

_SAME_PLACE_M: Final = 1e-6


def grid_of(length_m: float) -> FloatArray:
    """Evenly spaced distances from 0 to `length_m`, about 10 m apart, both ends included."""
    return np.linspace(0.0, length_m, max(2, round(length_m / GRID_M) + 1))


def on_grid(grid_m: FloatArray, distance_m: FloatArray, values: FloatArray) -> FloatArray:
    """`values` at the grid; of points at the same distance (a stop) the first counts."""
    advances = np.concatenate(([True], np.diff(distance_m) > _SAME_PLACE_M))
    return np.interp(grid_m, distance_m[advances], values[advances])


def smooth(values: FloatArray, sigma_m: float) -> FloatArray:
    """Gaussian mean (cut at four sigma) of values on the 10 m grid.

    The ends are continued point-symmetrically, so an even slope stays an even slope and the first and last values stay.
    """
    reach = int(4 * sigma_m / GRID_M)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) * GRID_M / sigma_m) ** 2)
    continued = np.pad(values, reach, mode="reflect", reflect_type="odd")
    return np.convolve(continued, weights / weights.sum(), "valid")


def climb_and_descent(elevation_m: FloatArray, hysteresis_m: float) -> tuple[float, float]:
    """Metres up and metres down; a height counts once it lies more than `hysteresis_m` from the last one that counted.

    Counted from both ends and averaged, so the reversed profile gives exactly the two numbers swapped.
    """
    return from_both_ends(_counted, elevation_m, hysteresis_m)


def from_both_ends(
    counted: Callable[[list[float], float], tuple[float, float]], elevation_m: FloatArray, least_m: float
) -> tuple[float, float]:
    """Metres up and metres down as `counted` tells them of heights and of the same reversed, averaged."""
    heights: list[float] = elevation_m.tolist()
    up, down = counted(heights, least_m)
    heights.reverse()
    back_up, back_down = counted(heights, least_m)
    return (up + back_down) / 2, (down + back_up) / 2


def _counted(heights: list[float], hysteresis_m: float) -> tuple[float, float]:
    up = down = 0.0
    last, fall_m = heights[0], -hysteresis_m
    for height in heights:
        step = height - last
        if step > hysteresis_m:
            up += step
            last = height
        elif step < fall_m:
            down -= step
            last = height
    return up, down
