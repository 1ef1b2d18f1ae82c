"""How often a Strava that does not answer is asked again: one probe per step, whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from kernel.retry import backoff_s
from servicekit.strava.errors import RefreshRefused, StravaUnavailable
from servicekit.strava.outages.store import SharedStep

PROBE_S: Final = 15.0
"""How long one process's probe keeps the others from theirs; longer than a call takes."""
LOOK_S: Final = 1.0
"""How soon a process looks again at what another one's probe has found."""


class SharedOutage(Protocol):
    """What all processes of a service know of an outage. Each method is one transaction."""

    async def read(self) -> SharedStep:
        """The step now."""
        ...

    async def claim(self, seen: SharedStep, until_s: float) -> bool:
        """Whether the step was still as seen; the others then leave Strava alone until `until_s`."""
        ...

    async def failed(self, step: int, until_s: float) -> SharedStep:
        """Counts a failure of this step, once however many report it; the step that follows."""
        ...

    async def over(self) -> None:
        """Strava answers."""
        ...


class Outage:
    """What one caller learns about Strava holds for all athletes of a process, and for the others of its service.

    While Strava answers, the shared state costs one read per refresh and nothing per hand-out. When the database
    cannot say, each process goes by what it knows itself.
    """

    def __init__(self, now: Callable[[], datetime], shared: SharedOutage | None = None) -> None:
        self._now = now
        self._shared = shared
        self._failures = 0
        self._shut_until_s = 0.0
        self._probing = False
        self._others_know = True
        """Whether the shared state is not behind what this process knows."""
        self._recovered = False

    @asynccontextmanager
    async def probe(self) -> AsyncIterator[None]:
        """A block that asks Strava; it does not run, and StravaUnavailable says for how long, while there is no use."""
        self.check()
        alone = self._failures > 0
        self._probing = self._probing or alone
        try:
            alone = await self._agree() or alone
            step = self._failures
            try:
                yield
            except StravaUnavailable as error:
                await self._failed(step, error.retry_after_s)
                raise StravaUnavailable(self._left_s()) from error
            except RefreshRefused:
                self._answered()
                raise
            else:
                self._answered()
        finally:
            if alone:
                self._probing = False

    def check(self) -> None:
        """Raises StravaUnavailable while Strava is not to be asked."""
        left_s = self._left_s()
        if left_s > 0 or (self._failures and self._probing):
            raise StravaUnavailable(max(left_s, LOOK_S))

    async def tell(self) -> None:
        """Tells the other processes that Strava answers again, after what it answered is durable."""
        if not self._recovered or self._shared is None:
            return
        self._recovered = False
        try:
            await self._shared.over()
        except (SQLAlchemyError, OSError) as error:
            self._recovered = True
            _by_itself(error)

    async def _agree(self) -> bool:
        """Whether this is the one probe of a step that all processes know of. Raises StravaUnavailable."""
        if self._shared is None:
            return False
        try:
            seen = await self._shared.read()
            left_s = seen.shut_until_s - self._now_s()
            mine = bool(seen.failures) and left_s <= 0 and await self._shared.claim(seen, self._now_s() + PROBE_S)
        except (SQLAlchemyError, OSError) as error:
            _by_itself(error)
            return False
        if seen.failures or self._others_know:
            self._failures = seen.failures
        if mine:
            self._probing = True
        elif seen.failures:
            # a step that is over and not ours is another process's probe: what it finds is known in a moment
            self._shut_until_s = self._now_s() + (left_s if left_s > 0 else LOOK_S)
            raise StravaUnavailable(max(self._left_s(), LOOK_S))
        return mine

    async def _failed(self, step: int, asked_s: float | None) -> None:
        if self._failures == step:  # several may have asked at once: together they are one step
            self._failures += 1
        wait_s = max(backoff_s(self._failures), asked_s or 0.0)
        self._shut_until_s = self._now_s() + wait_s
        if self._shared is None:
            return
        try:
            told = await self._shared.failed(step, self._shut_until_s)
        except (SQLAlchemyError, OSError) as error:
            self._others_know = False
            _by_itself(error)
            return
        self._others_know = True
        self._failures, self._shut_until_s = told.failures, told.shut_until_s

    def _answered(self) -> None:
        self._recovered = self._recovered or self._failures > 0
        self._failures, self._shut_until_s, self._others_know = 0, 0.0, True

    def _now_s(self) -> float:
        return self._now().timestamp()

    def _left_s(self) -> float:
        return self._shut_until_s - self._now_s()


def _by_itself(error: Exception) -> None:
    structlog.get_logger(__name__).warning("outage_not_shared", reason=type(error).__name__)
