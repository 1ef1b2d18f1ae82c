"""Strava's rate limits: two buckets of the app, each in a natural quarter of an hour and a UTC day; no I/O, no clock.

A read counts in both buckets, an upload in the overall one. A count is raised before the call it is for, so that any
interleaving of any number of processes stays within the caps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Literal

from kernel.errors import DomainError
from kernel.strava.demand import Demand

QUARTER_S = 900
DAY_S = 86_400
GUARD_S = 2.0
"""So close to a boundary the two clocks may disagree about the window: a call counts in both."""
FLIGHT_S = 20.0
"""So long a call may be under way before Strava counts it: shortly before a boundary it counts in both."""

Kind = Literal["read", "upload"]
Bucket = Literal["read", "overall"]
Pair = tuple[int, int]
"""`(quarter, day)`."""


class Priority(IntEnum):
    """Who goes first when calls are short; higher is more urgent."""

    DEEP = 0
    """The long history of an athlete who has a profile already."""
    FIRST_LOOK = 1
    """The first activities of a new athlete, and the daily reconciliation."""
    WEBHOOK = 2
    """Something just happened."""
    INTERACTIVE = 3
    """A person waits."""


RESERVE: Mapping[Priority, float] = {
    Priority.DEEP: 0.30,
    Priority.FIRST_LOOK: 0.15,
    Priority.WEBHOOK: 0.05,
    Priority.INTERACTIVE: 0.0,
}
"""The part of a window's cap that a priority leaves to those above it, at the least: of a quarter to its very end, for
what is left of it is lost to nobody; of a day that much at its start, released evenly to its end.
"""

Demands = Mapping[Priority, Demand]
"""What is asked at each priority, as far as it is known."""
NOBODYS: Demands = {}
MOST_RESERVED = 0.9
"""However much is expected, the patient get the rest."""


class QuotaExhausted(DomainError):
    """No call of this kind and priority may be made before `retry_at_s` (epoch seconds)."""

    sentence = "Strava's request limit is used up for now; reading goes on when the next window opens."

    def __init__(self, retry_at_s: float) -> None:
        super().__init__()
        self.retry_at_s = retry_at_s


@dataclass(frozen=True, slots=True)
class Limits:
    """The caps of both buckets."""

    read: Pair
    overall: Pair


DEFAULT_LIMITS = Limits(read=(100, 1000), overall=(200, 2000))
"""A new app's, and only the first guess: the headers of the first answer replace it."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Each service's part of the caps while the services do not see each other's counts."""

    ayda: Fraction
    predictor: Fraction

    def __post_init__(self) -> None:
        parts = (self.ayda, self.predictor)
        if min(parts) <= 0 or sum(parts) > 1:
            raise ValueError("The shares of Strava's quota are positive and add up to at most 1.")


SHARES = Shares(ayda=Fraction(1, 3), predictor=Fraction(2, 3))
WHOLE = Fraction(1)
"""Of whoever counts in a store that all share."""


@dataclass(frozen=True, slots=True)
class Window:
    """A fixed window of one bucket, aligned to the epoch. `own` counts one service's share and is never lifted."""

    bucket: Bucket
    length_s: int
    cap: int
    own: bool = False

    def number(self, now_s: float) -> int:
        """Which window of its kind this moment is in."""
        return int(now_s // self.length_s)

    def end_s(self, number: int) -> float:
        """When that window ends, in epoch seconds."""
        return float((number + 1) * self.length_s)

    def allowance(self, number: int, priority: Priority, now_s: float, demands: Demands = NOBODYS) -> int:
        """How many calls of this priority and above may have been counted by now."""
        return max(0, self.cap - self._reserve(number, priority, now_s, demands))

    def opens_s(self, number: int, priority: Priority, now_s: float, count: int, demands: Demands = NOBODYS) -> float:
        """When it is worth asking again for a call that would be the `count`-th; at least a second from now."""
        end_s, reserve = self.end_s(number) + GUARD_S, RESERVE[priority]
        if self.length_s == QUARTER_S or count > self.cap or reserve == 0.0:
            return max(now_s + 1.0, end_s)
        left = max(0.0, (1.0 - count / self.cap) / reserve)
        released_s = self.end_s(number) - left * self.length_s
        if count > self.allowance(number, priority, max(now_s, released_s), demands):
            # what the urgent may yet ask is looked at anew in each quarter
            released_s = max(released_s, (now_s // QUARTER_S + 1) * QUARTER_S + GUARD_S)
        return max(now_s + 1.0, min(end_s, released_s))

    def _reserve(self, number: int, priority: Priority, now_s: float, demands: Demands) -> int:
        """Calls kept for higher priorities: the standing part, or what they are expected to ask if that is more."""
        end_s = self.end_s(number)
        left = min(1.0, max(0.0, (end_s - now_s) / self.length_s))
        if left == 0.0 or RESERVE[priority] == 0.0:
            return 0
        part = RESERVE[priority] * (1.0 if self.length_s == QUARTER_S else left)
        begin_s = max(now_s, end_s - self.length_s)
        urgent = sum(
            demand.reserve(begin_s, end_s)
            for one, demand in demands.items()
            if one > max(priority, Priority.FIRST_LOOK)
        )
        return min(int(self.cap * MOST_RESERVED), max(self.cap - int(self.cap * (1.0 - part) + 1e-9), urgent))


@dataclass(frozen=True, slots=True)
class Charge:
    """One count a call is made against."""

    window: Window
    number: int

    @property
    def key(self) -> str:
        """The name of the counter; a new one for each window, so that old counts never have to be cleared."""
        name = f"own-{self.window.bucket}" if self.window.own else self.window.bucket
        return f"strava/{name}/{self.window.length_s}/{self.number}"


def windows_for(limits: Limits, kind: Kind, share: Fraction = WHOLE) -> tuple[Window, ...]:
    """The windows a call counts in. With a share below 1 also those of this service's part of the caps."""
    caps_of: dict[Bucket, Pair] = {"read": limits.read, "overall": limits.overall}
    windows = [
        Window(bucket, length_s, cap)
        for bucket, caps in caps_of.items()
        if kind == "read" or bucket == "overall"
        for length_s, cap in zip((QUARTER_S, DAY_S), caps, strict=True)
    ]
    if share < 1:
        windows += [Window(one.bucket, one.length_s, int(one.cap * share), own=True) for one in windows]
    return tuple(windows)


def charges_for(windows: Sequence[Window], now_s: float) -> tuple[Charge, ...]:
    """The counts to raise for a call at this moment: near a boundary those of both windows."""
    return charges_within(windows, now_s - GUARD_S, now_s + GUARD_S + FLIGHT_S)


def charges_within(windows: Sequence[Window], begin_s: float, end_s: float) -> tuple[Charge, ...]:
    """The counts of what was counted within this time, which is shorter than a window."""
    return tuple(
        Charge(window, number)
        for window in windows
        for number in sorted({window.number(begin_s), window.number(end_s)})
    )


def wait_until_s(
    counts: Mapping[Charge, int], priority: Priority, now_s: float, demands: Demands = NOBODYS
) -> float | None:
    """None when a call that raised the counts to these may be made, else when to ask again."""
    opens = [
        charge.window.opens_s(charge.number, priority, now_s, count, demands)
        for charge, count in counts.items()
        if count > charge.window.allowance(charge.number, priority, now_s, demands)
    ]
    return max(opens, default=None)
