"""What time it is at Strava, where tokens expire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

UNKNOWN_S: Final = 600.0
"""How far our clock may be off before Strava has told its own."""
KNOWN_S: Final = 2.0
"""`Date` has whole seconds, and an answer takes a moment to arrive."""


class StravaClock:
    """Our clock, put right by the `Date` of Strava's answers; shared by all who judge an expiry."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._ahead_s = 0.0
        self.doubt_s = UNKNOWN_S
        """By how much `now_s` may be wrong, in either direction."""

    def now_s(self) -> float:
        """Epoch seconds at Strava."""
        return self._now().timestamp() + self._ahead_s

    def learn(self, date: str | None) -> None:
        """Takes the `Date` header of an answer that has just arrived; a missing or unreadable one changes nothing."""
        try:
            told = parsedate_to_datetime(date or "")
        except ValueError:
            return
        if told.tzinfo is not None:
            self._ahead_s = told.timestamp() - self._now().timestamp()
            self.doubt_s = KNOWN_S
