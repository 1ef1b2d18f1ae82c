"""Smooth random curves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def value_noise(rng: np.random.Generator, at: Floats, scale: float) -> Floats:
    """A smooth curve of about unit variance sampled at the increasing positions `at`, with features of length `scale`.

    Random values at knots `scale` apart, joined by half cosines (value noise, Ebert et al., Texturing and Modeling).
    """
    knot_count = int((at[-1] - at[0]) / scale) + 3
    knots = rng.standard_normal(knot_count)
    position = (at - at[0]) / scale
    index = position.astype(np.int64)
    blend = 0.5 - 0.5 * np.cos(np.pi * (position - index))
    curve: Floats = knots[index] * (1 - blend) + knots[index + 1] * blend
    return curve


def box_smooth(values: Floats, width: int) -> Floats:
    """Moving average over `width` samples; the ends use what is there."""
    if width <= 1 or values.size < 2:
        return values
    padded = np.concatenate([[0.0], np.cumsum(values)])
    half = width // 2
    index = np.arange(values.size)
    low = np.maximum(index - half, 0)
    high = np.minimum(index + half + 1, values.size)
    smooth: Floats = (padded[high] - padded[low]) / (high - low)
    return smooth
