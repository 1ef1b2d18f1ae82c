"""All of which there is one: the clock, and what is kept as one row of the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from simulators.strava.application.quota import Quota
from simulators.strava.application.switches import PushSwitches, Switches


class Standing(msgspec.Struct):
    """Limits and usage, switches, how far the clock was moved, and the numbering of activities."""

    quota: Quota
    switches: Switches
    push_switches: PushSwitches = msgspec.field(default_factory=PushSwitches)
    ahead_s: float = 0.0
    last_activity_id: int = 16_000_000_000

    def new_activity_id(self) -> int:
        self.last_activity_id += 1
        return self.last_activity_id


class SimulatorClock:
    """Aware UTC time that can be moved forward, never back; `ahead_s` is how far it is ahead of the injected one."""

    def __init__(self, now: Callable[[], datetime], ahead_s: float = 0.0) -> None:
        self._now = now
        self.ahead_s = ahead_s

    def now(self) -> datetime:
        return self._now() + timedelta(seconds=self.ahead_s)

    def now_s(self) -> float:
        """Epoch seconds."""
        return self.now().timestamp()

    def advance(self, seconds: float) -> datetime:
        """The new time, `seconds` later. Raises ValueError for a negative step."""
        if seconds < 0:
            raise ValueError("The simulator's clock only moves forward.")
        self.ahead_s += seconds
        return self.now()
