"""How long jobs wait while what they need is away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from kernel.retry import BACKOFF_MAX_S, backoff_s
from servicekit.jobs.queue import Snooze

MOST_WAIT_S: Final = 45.0
"""A minute after an outage all is to be done, also what a circuit breaker has refused once more just after its end."""


class Outages:
    """Of one neighbour; what one job learns holds for the others of the process."""

    def __init__(self, kind: type[Exception], reason: str) -> None:
        """`kind` is what is raised while it is away; `retry_after_s` of it, if it has one, is respected."""
        self._kind = kind
        self._reason = reason
        self._in_a_row = 0

    @contextmanager
    def waited_out(self) -> Iterator[None]:
        """Makes an outage that is met within a Snooze, which costs no attempt."""
        try:
            yield
        except self._kind as outage:
            self._in_a_row += 1
            own_s = backoff_s(self._in_a_row, most_s=MOST_WAIT_S)
            wait_s = max(getattr(outage, "retry_after_s", None) or 0.0, own_s)
            raise Snooze(min(BACKOFF_MAX_S, wait_s), self._reason) from outage
        self._in_a_row = 0
