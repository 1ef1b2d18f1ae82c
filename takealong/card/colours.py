"""The colours of pace: light is fast, dark is slow, and their brightness alone tells them apart."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernel.tracks import FloatArray
from takealong.course import Paces

_NARROWEST: Final = 1.35
_FASTEST_SHARE: Final = 0.03
_SCALE: Final = (
    (0.976, 0.725, 0.271), (0.949, 0.573, 0.290), (0.886, 0.420, 0.365), (0.769, 0.275, 0.443),
    (0.608, 0.153, 0.518), (0.416, 0.078, 0.557), (0.212, 0.055, 0.545),
)  # fmt: skip
"""From gold over red and violet to deep blue: every kind of colour vision sees them grow darker."""


def pace_limits(paces: Paces) -> tuple[float, float]:
    """Seconds per kilometre where the colours end.

    They are those of the fast and the slow pieces by length, and never so close that colours show noise.
    """
    order = np.argsort(paces.s_per_km)
    metres = np.diff(paces.edges_m)[order]
    share = (np.cumsum(metres) - metres / 2) / metres.sum()
    fast, slow = np.interp((_FASTEST_SHARE, 1.0 - _FASTEST_SHARE), share, paces.s_per_km[order])
    middle = float(np.sqrt(fast * slow))
    half = float(np.sqrt(max(slow / fast, _NARROWEST)))
    return middle / half, middle * half


def colours_of(paces: Paces) -> list[tuple[float, float, float]]:
    """One colour for each piece."""
    fastest, slowest = pace_limits(paces)
    at = np.log(np.clip(paces.s_per_km, fastest, slowest) / fastest) / np.log(slowest / fastest)
    return colours_at(at)


def colours_at(share: FloatArray) -> list[tuple[float, float, float]]:
    """The colours at these shares of the scale, 0 for fast and 1 for slow."""
    steps = np.linspace(0.0, 1.0, len(_SCALE))
    red, green, blue = (np.interp(share, steps, column) for column in zip(*_SCALE, strict=True))
    return list(zip(red.tolist(), green.tolist(), blue.tolist(), strict=True))
