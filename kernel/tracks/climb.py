"""How much a profile climbs, and how sure that is.

D+ has no one definition: it grows with every ripple that is counted. Here heights are smoothed (Gaussian, 15 m) and a
rise counts from 4.6 m on, wholly, from the lowest point to the highest. That comes nearest to what organisers say of
their courses; docs/model.md has the table. Errors of single heights would count as ripples: their size is measured
first, and each band of wavelengths is lowered to the variance that they do not explain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from kernel.tracks.elevation import GRID_M, from_both_ends, grid_of, on_grid, smooth
from kernel.tracks.track import FloatArray, robust_sd

_BANDS_M: Final = (15.0, 22.0, 33.0, 50.0, 75.0, 110.0)
_RISE_M: Final = 4.6
_LOW_M: Final = (45.0, 8.0)
_HIGH_M: Final = (8.0, 1.5)
"""Smoothing and smallest rise of the most reserved reading, and of the most generous."""

_HIDDEN: Final = 1.05
"""How much more climb may hide below noise."""

_FEWEST: Final = 50
_WIDEST_M: Final = 25.0
_OPPOSITE: Final = -0.5
_LEAST_NOISE_M: Final = 0.3
_CLIP: Final = 4.0
_SAME_PLACE_M: Final = 0.5


class Climb(NamedTuple):
    """Metres up and down; `band_m` is how far other careful readings of the climb lie apart, and holds `gain_m`."""

    gain_m: float
    loss_m: float
    band_m: tuple[float, float]


def climb_of(distance_m: FloatArray, elevation_m: FloatArray) -> Climb:
    """The climb of heights along distances from 0 that never fall; all in metres and finite."""
    raw_m = on_grid(grid_of(float(distance_m[-1])), distance_m, elevation_m)
    density = _noise_density(distance_m, elevation_m)
    gain_m, loss_m = climb_and_descent(_quiet(raw_m, _BANDS_M, density), _RISE_M)
    low_m, high_m = (
        climb_and_descent(_quiet(raw_m, (first_m, *(b for b in _BANDS_M if b > first_m)), density), rise_m)[0]
        for first_m, rise_m in (_LOW_M, _HIGH_M)
    )
    return Climb(gain_m, loss_m, (min(low_m, gain_m), max(high_m, gain_m) * (_HIDDEN if density else 1.0)))


def climb_and_descent(elevation_m: FloatArray, least_m: float) -> tuple[float, float]:
    """Metres up and down between the turning points of a profile: those after which it turns by `least_m` or more.

    Counted from both ends and averaged, so the reversed profile gives exactly the two numbers swapped.
    """
    return from_both_ends(_between_turns, elevation_m, least_m)


def _between_turns(heights: list[float], least_m: float) -> tuple[float, float]:
    up = down = 0.0
    turned = low = high = heights[0]
    rising: bool | None = None
    for height in heights:
        if rising is not False and height > high:
            high = height
        elif rising is not True and height < low:
            low = height
        if rising is not True and height - low >= least_m:
            down += turned - low if turned - low >= least_m else 0.0
            turned, high, rising = low, height, True
        elif rising is not False and high - height >= least_m:
            up += high - turned if high - turned >= least_m else 0.0
            turned, low, rising = high, height, False
    if rising is None:
        return 0.0, 0.0
    return (up + high - turned, down) if rising else (up, down + turned - low)


def height_noise_m(distance_m: FloatArray, elevation_m: FloatArray) -> float:
    """Standard error of a single height, where the profile shows one that differs from point to point; else 0.

    Ground bends neighbouring heights to one side of the line through their neighbours, errors throw them to opposite
    ones. Points more than 25 m apart do not tell the two apart.
    """
    return _noise_of(*_apart(distance_m, elevation_m))


def _apart(distance_m: FloatArray, elevation_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    apart = np.concatenate(([True], np.diff(distance_m) > _SAME_PLACE_M))
    return distance_m[apart], elevation_m[apart]


def _noise_of(at_m: FloatArray, height_m: FloatArray) -> float:
    step_m = np.diff(at_m)
    if len(step_m) < _FEWEST or float(np.median(step_m)) > _WIDEST_M:
        return 0.0
    share = step_m[:-1] / (step_m[:-1] + step_m[1:])
    off_m = height_m[:-2] + share * (height_m[2:] - height_m[:-2]) - height_m[1:-1]
    limit_m = _CLIP * robust_sd(off_m)
    off_m = np.clip(off_m, -limit_m, limit_m)
    variance, together = float(np.mean(off_m * off_m)), float(np.mean(off_m[1:] * off_m[:-1]))
    noise_m = math.sqrt(max(-together, 0.0))
    return noise_m if together < _OPPOSITE * variance and noise_m > _LEAST_NOISE_M else 0.0


def _noise_density(distance_m: FloatArray, elevation_m: FloatArray) -> float:
    """Variance of the errors per wavelength (m3), as the 10 m grid has it: what a filter lets through is times it."""
    at_m, height_m = _apart(distance_m, elevation_m)
    noise_m = _noise_of(at_m, height_m)
    return noise_m**2 * max(float(np.median(np.diff(at_m))), GRID_M) if noise_m else 0.0


def _quiet(raw_m: FloatArray, bands_m: Sequence[float], density: float) -> FloatArray:
    """Heights smoothed by the first of `bands_m`; where there is noise, each band between two of them is lowered."""
    first = smooth(raw_m, bands_m[0])
    if not density:
        return first
    smoothed = [first, *(smooth(raw_m, sigma_m) for sigma_m in bands_m[1:])]
    quiet = smoothed[-1]
    for fine, coarse, fine_m, coarse_m in zip(smoothed, smoothed[1:], bands_m, bands_m[1:], strict=False):
        band_m = fine - coarse
        explained = density * _let_through(fine_m, coarse_m) / max(float(np.mean(band_m * band_m)), 1e-12)
        quiet = quiet + math.sqrt(max(0.0, 1.0 - explained)) * band_m
    return quiet


def _let_through(fine_m: float, coarse_m: float) -> float:
    """What the difference of two Gaussian means lets through of white noise: the integral of its square (1/m)."""
    alone = (1.0 / fine_m + 1.0 / coarse_m) / (2.0 * math.sqrt(math.pi))
    return alone - 2.0 / (math.sqrt(2.0 * math.pi) * math.hypot(fine_m, coarse_m))
