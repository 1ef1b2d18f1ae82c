"""The real clock, named once so that everything else takes it as an argument."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present, aware and in UTC."""
    return datetime.now(UTC)


def steady_beside(now: Callable[[], datetime]) -> Callable[[], float]:
    """Seconds that only run forward: the machine's own beside the real clock; a made-up clock is its own measure."""
    return time.monotonic if now is utc_now else lambda: now().timestamp()
