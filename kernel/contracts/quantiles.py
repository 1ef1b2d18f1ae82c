"""Seconds with their margin."""

from __future__ import annotations

import msgspec


class QuantilesS(msgspec.Struct, frozen=True):
    """Seconds at the 10th, 50th and 90th percentile."""

    p10: int
    p50: int
    p90: int
