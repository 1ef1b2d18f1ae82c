"""When a failed call may be repeated, when a failing service is left alone, and what both are judged by."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from kernel.contracts.problem import BUSY
from servicekit.base.metrics import Metrics
from servicekit.http.call import Call
from servicekit.http.errors import (
    BadUpstreamResponse,
    UpstreamCrowded,
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from servicekit.http.response import ApiResponse
from servicekit.http.traced import traced

_PASSING: Final = frozenset({502, 503, 504})
_LATE: Final = "deadline_exceeded"
_WAITED: Final = "database_unavailable"
_OF_OTHERS: Final = frozenset(
    {
        BUSY,
        "disk_full",
        "erased_meanwhile",
        "inbox_busy",
        "upstream_unavailable",
        "strava_unavailable",
        "strava_app_inactive",
        "tokens_unavailable",
    }
)
"""Codes with which a service that is well says that one request, or what stands behind it, is not."""
_NEXT_PROBE_S: Final = 1.0


def passing(answer: ApiResponse | UpstreamError) -> bool:
    """Whether there is an outage that may be over at the next attempt."""
    if not isinstance(answer, ApiResponse):
        return not isinstance(answer, BadUpstreamResponse | UpstreamCrowded)
    return answer.status in _PASSING and _code(answer) not in _OF_OTHERS


def worth_repeating(answer: ApiResponse | UpstreamError) -> bool:
    """Whether to try again for the same caller; not where time was up, or what the service has waited for in vain."""
    return passing(answer) and not (isinstance(answer, ApiResponse) and _code(answer) in {_WAITED, _LATE})


def _late(answer: ApiResponse | UpstreamError) -> bool:
    return isinstance(answer, ApiResponse) and answer.status in _PASSING and _code(answer) == _LATE


def _code(answer: ApiResponse) -> str | None:
    problem = answer.problem()
    return None if problem is None else problem.code


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
    """Refuses calls for `open_s` after `threshold` failures in a row, then lets one probe through each second.

    A probe that is not answered within that second does not keep out the next one: it may be slow by its own fault.
    """

    def __init__(
        self, threshold: int = 5, open_s: float = 5.0, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._threshold = threshold
        self._open_s = open_s
        self._monotonic = monotonic
        self._failures = 0
        self._open_until_s: float | None = None
        self._probing_until_s: float | None = None

    def refused_for_s(self) -> float | None:
        """None when a call may be made (it must be followed by one of the three below), else seconds to wait."""
        if self._open_until_s is None:
            return None
        now_s = self._monotonic()
        left_s = max(self._open_until_s, self._probing_until_s or 0.0) - now_s
        if left_s > 0:
            return left_s
        self._probing_until_s = now_s + _NEXT_PROBE_S
        return None

    def succeeded(self) -> None:
        """The service answered: everything is forgiven."""
        self._failures = 0
        self._open_until_s = None
        self._probing_until_s = None

    def failed(self) -> None:
        """The service failed."""
        self._failures += 1
        if self._probing_until_s is not None or self._failures >= self._threshold:
            self._open_until_s = self._monotonic() + self._open_s
        self._probing_until_s = None

    def gave_up(self) -> None:
        """The call says nothing about the service: another may be made in its place."""
        if self._probing_until_s is not None:
            self._probing_until_s = self._monotonic()


class Watch:
    """What the attempts at one service say about it: to its circuit breaker, the metrics and the log.

    The breaker is everybody's, so nothing counts against the service that one caller can bring about alone: a deadline
    of theirs, an answer that tells of their request, and silence while others are answered.
    """

    def __init__(
        self,
        service: str,
        breaker: CircuitBreaker,
        metrics: Metrics | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._breaker = breaker
        self._metrics = metrics
        self._monotonic = monotonic
        self._heard_at_s = -math.inf
        """When it last answered anybody."""

    def admit(self, call: Call) -> None:
        """UpstreamUnavailable while the breaker is open."""
        refused_for_s = self._breaker.refused_for_s()
        if refused_for_s is not None:
            self._measure(call, "breaker_open", 0.0)
            raise UpstreamUnavailable(self._service, refused_for_s, reason="breaker open")

    async def traced(
        self, call: Call, exchange: Callable[[Call], Awaitable[ApiResponse | UpstreamError]]
    ) -> ApiResponse | UpstreamError:
        """What an attempt returns, as a span where traces are exported."""
        sink = None if self._metrics is None else self._metrics.spans
        return await exchange(call) if sink is None else await traced(sink, self._service, call, exchange)

    def answered(self, call: Call, answer: ApiResponse | UpstreamError, duration_s: float) -> None:
        """An attempt ended with an answer or an outage."""
        if isinstance(answer, ApiResponse):
            outcome, reason = f"{answer.status // 100}xx", f"status {answer.status}"
        else:
            outcome, reason = type(answer).__name__, getattr(answer, "reason", "")
        self._measure(call, outcome, duration_s)
        if isinstance(answer, UpstreamCrowded):
            self._breaker.gave_up()
        elif isinstance(answer, UpstreamTimeout) or _late(answer):
            self._silent(call, duration_s, reason)
        elif passing(answer):
            self._failed(reason)
        else:
            self._heard_at_s = self._monotonic()
            self._breaker.succeeded()

    def abandoned(self, call: Call, waited_s: float) -> None:
        """An attempt was cancelled: by its time limit, or by a caller that went away."""
        late = call.timeout.expired()
        self._measure(call, "timeout" if late else "abandoned", waited_s)
        if late:
            self._silent(call, waited_s, "timeout")
        else:
            self._breaker.gave_up()

    def _silent(self, call: Call, waited_s: float, reason: str) -> None:
        """No answer in time. It is the service's fault when the time was ours, and it answered nobody else in it."""
        if call.bound_by_caller or self._heard_at_s >= self._monotonic() - waited_s:
            self._breaker.gave_up()
        else:
            self._failed(reason)

    def _failed(self, reason: str) -> None:
        self._breaker.failed()
        structlog.get_logger(__name__).warning("upstream_failed", service=self._service, reason=reason)

    def _measure(self, call: Call, outcome: str, duration_s: float) -> None:
        if self._metrics is not None:
            self._metrics.upstream(self._service, call.endpoint, outcome, duration_s)
