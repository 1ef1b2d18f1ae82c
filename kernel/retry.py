"""When to try again: delays as data."""

from __future__ import annotations

from collections.abc import Sequence

UPLOAD_LADDER_S: tuple[float, ...] = (60, 300, 1800, 7200)
"""Brief 001: one try and four retries; the fifth failure is final."""
SYNC_LADDER_S: tuple[float, ...] = (30, 120, 600, 1800, 3600)
"""A sync that failed for its own reasons; limits and outages of Strava snooze instead and cost no attempt."""
NOTICE_LADDER_S: tuple[float, ...] = (1, 2, 5, 10, 30) + (60,) * 60 + (600,) * 280
"""A notice to the other service: at most a minute late after an outage of up to an hour, given up after two days."""
BACKOFF_MAX_S = 60.0


def next_delay_s(ladder: Sequence[float], attempt: int) -> float | None:
    """Seconds to wait after the failure of the `attempt`-th try (the first is 1); None when it was the last.

    Raises ValueError for an attempt below 1.
    """
    if attempt < 1:
        raise ValueError("The first attempt is number 1.")
    return float(ladder[attempt - 1]) if attempt <= len(ladder) else None


def backoff_s(failures: int, *, first_s: float = 1.0, most_s: float = BACKOFF_MAX_S, factor: float = 2.0) -> float:
    """Seconds to wait after so many failures in a row: `factor` times longer each, from `first_s` to `most_s`.

    No failure is no wait.
    """
    if failures < 1:
        return 0.0
    # 2.0 ** 1024 overflows, and no wait needs that many steps
    return min(most_s, first_s * factor ** min(failures - 1, 60))
