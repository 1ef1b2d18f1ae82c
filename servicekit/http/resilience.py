"""When a failed call may be repeated, when a failing service is left alone, and what both are judged by."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog

from servicekit.base.metrics import Metrics
from servicekit.http.call import Call
from servicekit.http.errors import UpstreamError, UpstreamUnavailable
from servicekit.http.response import ApiResponse

PASSING: Final = frozenset({502, 503, 504})
_PATIENCE_S: Final = 1.0  # a caller that gives up sooner says nothing about the service


class RetryBudget:
    """Retries as a share of traffic, so that an outage is not multiplied: a token bucket filled by first attempts.

    `ratio` of a token comes with every call and `floor_per_s` with time, so that quiet services may retry too.
    """

    def __init__(
        self,
        ratio: float = 0.08,
        floor_per_s: float = 0.1,
        *,
        capacity: float = 10.0,
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


class Watch:
    """What the attempts at one service say about it: to its circuit breaker, the metrics and the log."""

    def __init__(self, service: str, breaker: CircuitBreaker, metrics: Metrics | None) -> None:
        self._service = service
        self._breaker = breaker
        self._metrics = metrics

    def admit(self) -> None:
        """UpstreamUnavailable while the breaker is open."""
        refused_for_s = self._breaker.refused_for_s()
        if refused_for_s is not None:
            self._measure("breaker_open", 0.0)
            raise UpstreamUnavailable(self._service, refused_for_s, reason="breaker open")

    def answered(self, answer: ApiResponse | UpstreamError, duration_s: float) -> None:
        """An attempt ended with an answer or an outage."""
        if isinstance(answer, ApiResponse):
            outcome, reason = f"{answer.status // 100}xx", f"status {answer.status}"
        else:
            outcome, reason = type(answer).__name__, getattr(answer, "reason", "")
        self._measure(outcome, duration_s)
        if isinstance(answer, ApiResponse) and answer.status not in PASSING:
            self._breaker.succeeded()
        else:
            self._failed(reason)

    def abandoned(self, call: Call, waited_s: float) -> None:
        """An attempt was cancelled: by its time limit, or by a caller that went away."""
        late = call.timeout.expired()
        self._measure("timeout" if late else "abandoned", waited_s)
        if late and (not call.bound_by_caller or waited_s >= _PATIENCE_S):
            self._failed("timeout")
        else:
            self._breaker.gave_up()

    def _failed(self, reason: str) -> None:
        self._breaker.failed()
        structlog.get_logger(__name__).warning("upstream_failed", service=self._service, reason=reason)

    def _measure(self, outcome: str, duration_s: float) -> None:
        if self._metrics is not None:
            self._metrics.upstream(self._service, outcome, duration_s)
