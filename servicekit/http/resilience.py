"""When a failed call may be repeated and when a failing service is left alone; no I/O, the clock is an argument."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_CAPACITY: Final = 10.0


class RetryBudget:
    """Retries as a share of traffic, so that an outage is not multiplied: a token bucket filled by first attempts.

    `ratio` of a token comes with every call and `floor_per_s` with time, so that quiet services may retry too.
    """

    def __init__(
        self,
        ratio: float = 0.08,
        floor_per_s: float = 0.1,
        *,
        capacity: float = _CAPACITY,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ratio = ratio
        self._floor_per_s = floor_per_s
        self._capacity = capacity
        self._monotonic = monotonic
        self._tokens = capacity
        self._filled_at_s = monotonic()

    def deposit(self) -> None:
        """Note one first attempt."""
        self._refill()
        self._tokens = min(self._capacity, self._tokens + self._ratio)

    def withdraw(self) -> bool:
        """Whether one more attempt may be made now; if so it is paid for."""
        self._refill()
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _refill(self) -> None:
        now_s = self._monotonic()
        self._tokens = min(self._capacity, self._tokens + (now_s - self._filled_at_s) * self._floor_per_s)
        self._filled_at_s = now_s


class CircuitBreaker:
    """Refuses calls for `open_s` after `threshold` failures in a row, then lets one probe through at a time."""

    def __init__(
        self, threshold: int = 5, open_s: float = 5.0, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._threshold = threshold
        self._open_s = open_s
        self._monotonic = monotonic
        self._failures = 0
        self._open_until_s: float | None = None
        self._probing = False

    def refused_for_s(self) -> float | None:
        """None when a call may be made (it must be followed by one of the three below), else seconds to wait."""
        if self._open_until_s is None:
            return None
        left_s = self._open_until_s - self._monotonic()
        if left_s > 0:
            return left_s
        if self._probing:
            return 1.0
        self._probing = True
        return None

    def succeeded(self) -> None:
        """The service answered: everything is forgiven."""
        self._failures = 0
        self._open_until_s = None
        self._probing = False

    def failed(self) -> None:
        """The service failed."""
        self._failures += 1
        if self._probing or self._failures >= self._threshold:
            self._open_until_s = self._monotonic() + self._open_s
        self._probing = False

    def gave_up(self) -> None:
        """The call was abandoned by its caller and says nothing about the service."""
        self._probing = False
