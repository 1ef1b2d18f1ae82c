"""The simulator's own time: the injected clock plus what the admin API has advanced it by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class SimulatorClock:
    """Aware UTC time that can be moved forward, never back."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._offset = timedelta()

    def now(self) -> datetime:
        return self._now() + self._offset

    def now_s(self) -> float:
        """Epoch seconds."""
        return self.now().timestamp()

    @property
    def ahead_s(self) -> float:
        """How far this clock is ahead of the injected one."""
        return self._offset.total_seconds()

    def advance(self, seconds: float) -> datetime:
        """The new time, `seconds` later. Raises ValueError for a negative step."""
        if seconds < 0:
            raise ValueError("The simulator's clock only moves forward.")
        self._offset += timedelta(seconds=seconds)
        return self.now()
