"""Numbers that are whole, and seconds with their margin."""

from __future__ import annotations

import msgspec

WholeNumber = int | float
"""Whole where it is made; what older versions made and somebody stored may have a fraction."""


class QuantilesS(msgspec.Struct, frozen=True):
    """Seconds at the 10th, 50th and 90th percentile."""

    p10: int
    p50: int
    p90: int
