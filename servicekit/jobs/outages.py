"""How long jobs wait while what they need is away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kernel.retry import BACKOFF_MAX_S, backoff_s
from servicekit.jobs.queue import Snooze


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
            wait_s = max(getattr(outage, "retry_after_s", None) or 0.0, backoff_s(self._in_a_row))
            raise Snooze(min(BACKOFF_MAX_S, wait_s), self._reason) from outage
        self._in_a_row = 0
