"""Durations and paces as people read and write them."""

from __future__ import annotations

import math
import re
from typing import Final

_CLOCK: Final = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,4}):([0-9]{2})", re.ASCII)
_PACE: Final = re.compile(r"([0-9]{1,2}):([0-5][0-9])(?: ?(?:min)?/km)?", re.ASCII)


def format_hms(seconds: float) -> str:
    """`H:MM:SS`, rounded to whole seconds, hours unpadded and unlimited: 4860 -> `1:21:00`.

    Raises ValueError for a negative or non-finite duration.
    """
    whole = _whole_seconds(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def format_pace(s_per_km: float) -> str:
    """`M:SS` per kilometre, minutes unpadded and unlimited: 330 -> `5:30`.

    Raises ValueError for a negative or non-finite pace.
    """
    whole = _whole_seconds(s_per_km)
    return f"{whole // 60}:{whole % 60:02d}"


def parse_pace(text: str) -> float:
    """Seconds per kilometre from `5:30`, `5:30/km` or `5:30 min/km`.

    Raises ValueError with a sentence for anything else, a pace of zero included.
    """
    match = _PACE.fullmatch(text.strip())
    pace_s_per_km = 60.0 * int(match[1]) + int(match[2]) if match else 0.0
    if pace_s_per_km <= 0:
        raise ValueError("A pace is written as minutes and seconds per kilometre, such as 5:30.")
    return pace_s_per_km


def parse_hms(text: str) -> float:
    """Seconds from `H:MM:SS` or `M:SS`; below the first field nothing exceeds 59.

    Raises ValueError with a sentence for anything else.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None or int(match[3]) > 59 or (match[1] is not None and (len(match[2]) != 2 or int(match[2]) > 59)):
        raise ValueError("A time is written as hours, minutes and seconds, such as 1:21:00.")
    return 3600.0 * int(match[1] or 0) + 60.0 * int(match[2]) + int(match[3])


def _whole_seconds(seconds: float) -> int:
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError("A duration must be finite and not negative.")
    return math.floor(seconds + 0.5)
