"""What time it is at Strava, whose windows and tokens end by its own clock and not by ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeAlias

from servicekit.base.clock import steady_beside

UNKNOWN_S: Final = 600.0
"""How far our clock may be off before Strava has told its own."""
KNOWN_S: Final = 2.0
"""`Date` has whole seconds, and an answer takes a moment to arrive."""
_SLIGHT_S: Final = 1.0
"""A clock that is put right little by little has moved no further since it was last compared."""
_MOST: Final = 8
"""After three jumps without an answer the next one is taken for somebody's setting the time."""
_STALE_S: Final = 1.0
"""Servers make the line once in a while and not for each answer."""

Span: TypeAlias = tuple[float, float]


class StravaClock:
    """Our clock, put right by the `Date` of Strava's answers; a steady one counts the seconds between two of them.

    When the clock on the wall jumps against the steady one, either may be right: somebody has set the time, or the
    machine slept. Until an answer tells it may be both moments.
    """

    def __init__(self, now: Callable[[], datetime], steady_s: Callable[[], float] | None = None) -> None:
        """`steady_s`: seconds that only run forward, counted from whenever."""
        self._now = now
        self.steady_s = steady_s or steady_beside(now)
        """The steady clock itself, by which it is remembered when something was asked."""
        self._compared_s = self._wall_ahead_s()
        self._ahead_s: Sequence[Span] = [(self._compared_s, self._compared_s)]
        self.doubt_s = UNKNOWN_S
        """By how much `now_s` may be wrong, in either direction."""

    @property
    def doubtful(self) -> bool:
        """Whether the clock on the wall has jumped since the last answer."""
        return len(self._looked()) > 1

    def now_s(self) -> float:
        """Epoch seconds at Strava; the latest moment that it may be, by which more has ended."""
        return self.moments_s()[-1]

    def moments_s(self) -> tuple[float, ...]:
        """Epoch seconds it may be at Strava now: mostly one moment."""
        steady_s = self.steady_s()
        return tuple(sorted({steady_s + ahead_s for span in self._looked() for ahead_s in span}))

    def learn(self, date: str | None, *, asked_at_s: float | None = None) -> None:
        """Takes the `Date` of an answer that has just arrived; a missing or unreadable one changes nothing.

        `asked_at_s`: when it was asked for, on the steady clock.
        """
        told_s, steady_s = told_in(date), self.steady_s()
        if told_s is None:
            return
        begun_s = steady_s if asked_at_s is None else min(asked_at_s, steady_s)
        said = (told_s - steady_s, told_s + 1.0 + _STALE_S - begun_s)
        agreed = next((both for each in self._looked() if (both := _both(each, said)) is not None), said)
        if self.doubt_s == UNKNOWN_S:
            # that the clock on the wall may be right does not make it so: an answer that was slow tells less
            agreed = min(agreed[0], said[0] + KNOWN_S), max(agreed[1], said[1] - KNOWN_S)
        self._ahead_s, self.doubt_s = [agreed], KNOWN_S

    def _looked(self) -> Sequence[Span]:
        """By how much Strava may be ahead of the steady clock, the likeliest first, after a look at the wall.

        What a jump has to do with the time at Strava nobody knows: it may be as it was before, or have moved along.
        """
        wall_s = self._wall_ahead_s()
        jump_s, self._compared_s = wall_s - self._compared_s, wall_s
        moved = [(first + jump_s, last + jump_s) for first, last in self._ahead_s]
        if abs(jump_s) > _SLIGHT_S:
            self._ahead_s = [*self._ahead_s, *moved][:_MOST]
        elif self.doubt_s == UNKNOWN_S:
            # nothing better is known than the clock on the wall
            self._ahead_s = moved
        return self._ahead_s

    def _wall_ahead_s(self) -> float:
        return self._now().timestamp() - self.steady_s()


def told_in(date: str | None) -> float | None:
    """Epoch seconds of a `Date` line; None for a missing or unreadable one."""
    try:
        told = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return None if told.tzinfo is None else told.timestamp()


def date_of(headers: Mapping[str, str]) -> str | None:
    """The `Date` line of an answer, in any case."""
    return next((value for name, value in headers.items() if name.lower() == "date"), None)


def _both(one: Span, other: Span) -> Span | None:
    begin_s, end_s = max(one[0], other[0]), min(one[1], other[1])
    return (begin_s, end_s) if begin_s <= end_s else None
