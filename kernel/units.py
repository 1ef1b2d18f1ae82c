"""Durations and paces as people read them, and what a mile and a foot are."""

from __future__ import annotations

import math
from typing import Final

MILE_M: Final = 1609.344
FOOT_M: Final = 0.3048
_HOUR_S: Final = 3600.0


def format_hms(seconds: float) -> str:
    """`H:MM:SS`, rounded to whole seconds, hours unpadded and unlimited: 4860 -> `1:21:00`.

    Raises ValueError for a negative or non-finite duration.
    """
    whole = _whole_seconds(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def format_hm(seconds: float) -> str:
    """`H:MM`, rounded to minutes: 4860 -> `1:21`. Raises ValueError for a negative or non-finite duration."""
    minutes = _whole_seconds(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def format_short(seconds: float) -> str:
    """`5:12` hours and minutes; below an hour `0:27:30`, since seconds count there. Raises ValueError as they do."""
    return format_hm(seconds) if seconds >= _HOUR_S else format_hms(seconds)


def format_pace(s_per_km: float) -> str:
    """`M:SS` per kilometre, minutes unpadded and unlimited: 330 -> `5:30`.

    Raises ValueError for a negative or non-finite pace.
    """
    whole = _whole_seconds(s_per_km)
    return f"{whole // 60}:{whole % 60:02d}"


def _whole_seconds(seconds: float) -> int:
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError("A duration must be finite and not negative.")
    return math.floor(seconds + 0.5)
