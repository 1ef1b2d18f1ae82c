"""The door to Strava for all uploads of a process: shut while Strava is away, and then opened by one scout.

Limits and outages are nobody's fault, so what waits for them is a `Snooze`, which costs no attempt. While the door is
shut nobody knocks; when its time is over one upload asks a simple question first, and the others wait for the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, NoReturn

from kernel.strava.quota import GUARD_S, QUARTER_S
from servicekit.jobs import Snooze

SCOUTED_S: Final = 5.0
_JITTER_S: Final = 10.0


class Door:
    """`jitter` gives numbers from 0 to 1, so that those who wait do not all come at once."""

    def __init__(self, *, now: Callable[[], datetime], jitter: Callable[[], float]) -> None:
        self._now = now
        self._jitter = jitter
        self._shut_until_s = 0.0
        self._doubtful = False
        self._scouting = False

    def check(self) -> None:
        """Raises Snooze while the door is shut."""
        if self._now().timestamp() < self._shut_until_s:
            raise self._wait(datetime.fromtimestamp(self._shut_until_s, UTC))

    async def enter(self, answers: Callable[[], Awaitable[bool]]) -> None:
        """Returns when Strava may be asked; after trouble, when `answers` has said that it works again."""
        self.check()
        if not self._doubtful:
            return
        if self._scouting:
            raise Snooze(SCOUTED_S + self._jitter(), "strava_is_being_tried")
        self._scouting = True
        try:
            if not await answers():
                self.shut()
        finally:
            self._scouting = False
        self._doubtful = False

    def shut(self) -> NoReturn:
        """Strava is away: raises Snooze to the next quarter of an hour."""
        now_s = self._now().timestamp()
        self.shut_until(datetime.fromtimestamp((now_s // QUARTER_S + 1) * QUARTER_S + GUARD_S, UTC))

    def shut_until(self, moment: datetime, *, doubtful: bool = True) -> NoReturn:
        """Raises Snooze until this moment, before which it is no use to ask.

        `doubtful` when Strava has said or shown so: then one asks first, as our own count may be wrong again.
        """
        self._shut_until_s = max(self._shut_until_s, moment.timestamp())
        self._doubtful = self._doubtful or doubtful
        raise self._wait(moment)

    def _wait(self, moment: datetime) -> Snooze:
        """The snooze that ends shortly after a moment."""
        left_s = max(0.0, (moment - self._now()).total_seconds())
        return Snooze(left_s + 1.0 + (_JITTER_S - 1.0) * self._jitter(), "strava_unavailable")
