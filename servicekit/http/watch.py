"""What the attempts at one service say about it: to its circuit breaker, the metrics and the log."""

from __future__ import annotations

from typing import Final

import structlog

from servicekit.base.metrics import Metrics
from servicekit.http.call import Call
from servicekit.http.errors import UpstreamError, UpstreamUnavailable
from servicekit.http.resilience import CircuitBreaker
from servicekit.http.response import ApiResponse

PASSING: Final = frozenset({502, 503, 504})
_PATIENCE_S: Final = 1.0  # a caller that gives up sooner says nothing about the service


class Watch:
    """Judges each attempt once."""

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
