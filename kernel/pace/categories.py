"""The eleven gradient categories a profile is shown in."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.track import FloatArray

CATEGORY_NAMES: Final = (
    "down_23_over",
    "down_23_17",
    "down_17_12",
    "down_12_8",
    "down_8_3",
    "flat_3_3",
    "up_3_8",
    "up_8_12",
    "up_12_17",
    "up_17_23",
    "up_23_over",
)
CATEGORY_COUNT: Final = len(CATEGORY_NAMES)
FLAT: Final = CATEGORY_NAMES.index("flat_3_3")

CATEGORY_EDGES_PERCENT: Final = (-23.0, -17.0, -12.0, -8.0, -3.0, 3.0, 8.0, 12.0, 17.0, 23.0)
"""Lower ends of the categories after the first; every category is half-open, [from, to)."""

CATEGORY_CENTRES: Final = (-0.27, -0.20, -0.145, -0.10, -0.055, 0.0, 0.055, 0.10, 0.145, 0.20, 0.27)
"""Gradients (fractions) that stand for the categories; the two open ones by a typical member."""


def categories_of(gradient: FloatArray) -> NDArray[np.intp]:
    """Index into `CATEGORY_NAMES` for each gradient (a fraction).

    Percentages are rounded to 1e-9 first, so that 0.08, which is not exactly 8 / 100 in binary, begins its category.
    """
    percent = np.round(np.asarray(gradient, dtype=np.float64) * 100.0, 9)
    return np.searchsorted(np.array(CATEGORY_EDGES_PERCENT), percent, side="right")
