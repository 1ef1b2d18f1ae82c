"""How often a Strava that does not answer is asked again: one probe per step, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from kernel.retry import backoff_s
from servicekit.strava.errors import RefreshRefused, StravaUnavailable


class Outage:
    """Shared by all athletes of one process: what one caller learns about Strava holds for the others."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._failures = 0
        self._shut_until_s = 0.0
        self._probing = False

    @contextmanager
    def probe(self) -> Iterator[None]:
        """A block that asks Strava; it does not run, and StravaUnavailable says for how long, while there is no use."""
        self.check()
        step, self._probing = self._failures, True
        try:
            yield
        except StravaUnavailable as error:
            self._failed(step, error.retry_after_s)
            raise StravaUnavailable(self._left_s()) from error
        except RefreshRefused:
            self._failures = 0
            raise
        else:
            self._failures = 0
        finally:
            self._probing = False

    def check(self) -> None:
        """Raises StravaUnavailable while Strava is not to be asked."""
        left_s = self._left_s()
        if left_s > 0 or (self._failures and self._probing):
            raise StravaUnavailable(max(left_s, 1.0))

    def _left_s(self) -> float:
        return self._shut_until_s - self._now().timestamp()

    def _failed(self, step: int, asked_s: float | None) -> None:
        if self._failures == step:  # several may have asked at once: together they are one step
            self._failures += 1
        wait_s = max(backoff_s(self._failures), asked_s or 0.0)
        self._shut_until_s = self._now().timestamp() + wait_s
