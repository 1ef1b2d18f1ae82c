"""How long deliveries wait while the predictor is away."""

from __future__ import annotations

from kernel.retry import BACKOFF_MAX_S, backoff_s
from servicekit.http.errors import UpstreamUnavailable
from servicekit.jobs import Snooze


class Outages:
    """What one delivery learns about the predictor holds for the others of the process."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def snooze(self, outage: UpstreamUnavailable) -> Snooze:
        """The pause an outage asks for; it costs no attempt."""
        self._in_a_row += 1
        wait_s = max(outage.retry_after_s or 0.0, backoff_s(self._in_a_row))
        return Snooze(min(BACKOFF_MAX_S, wait_s), "predictor_unavailable")

    def over(self) -> None:
        """The predictor answered."""
        self._in_a_row = 0
