"""The one opinion on whether Strava is up: who has learned that it is not, how soon it is asked again, and by whom.

An address of Strava's is watched by one `Outage` per process. While it answers, that costs nothing. After a failure
nobody asks before the pause is over, and then one does, and the others wait for what comes of it. What processes share
of it is a row in their database; when that cannot say, each goes by what it knows itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import structlog

from kernel.retry import backoff_s
from kernel.strava.quota import GUARD_S, QUARTER_S
from servicekit.data.trouble import DATABASE_TROUBLE
from servicekit.strava.errors import RateLimited, StravaError, StravaUnavailable
from servicekit.strava.outages.store import SqlOutage

PROBE_S: Final = 15.0
"""How long one process's probe keeps the others from theirs; longer than a call takes."""
LOOK_S: Final = 1.0
"""How soon a process looks again at what another one's probe has found."""

Pause = Callable[[int, float], float]
"""Seconds until Strava is asked again, of the number of failures in a row and the epoch seconds now."""


def doubling(failures: int, _now_s: float) -> float:
    """From a second to a minute: where somebody may be waiting."""
    return backoff_s(failures)


def to_next_quarter(_failures: int, now_s: float) -> float:
    """Once in each window of the quota: where only jobs wait."""
    return QUARTER_S - now_s % QUARTER_S + GUARD_S


class Outage:
    """What one caller learns holds for all others of the process, and of its service.

    `probe()` is for a question whose failure is Strava's: a refresh, or the simplest question there is. A call that may
    fail by its own fault asks `check()`, and while `doubtful` is true it lets a probe go first.
    """

    def __init__(
        self, now: Callable[[], datetime], shared: SqlOutage | None = None, *, pause: Pause = doubling
    ) -> None:
        self._now = now
        self._shared = shared
        self._pause = pause
        self._failures = 0
        self._shut_until_s = 0.0
        self._reason: type[StravaUnavailable] = StravaUnavailable
        self._limit: RateLimited | None = None
        self._probing = False
        self._others_know = True
        """Whether the shared state is not behind what this process knows."""
        self._recovered = False

    @property
    def doubtful(self) -> bool:
        """Whether the last that was heard of Strava was a refusal of everybody."""
        return self._failures > 0 or self._limit is not None

    def check(self) -> None:
        """Raises NotNow while Strava is not to be asked."""
        if self._limit is not None and self._limit.retry_at > self._now():
            raise RateLimited(self._limit.retry_at)
        left_s = self._left_s()
        if left_s > 0 or (self.doubtful and self._probing):
            raise self._reason(max(left_s, LOOK_S))

    def doubt(self, limit: RateLimited) -> None:
        """Strava said that its limit is reached: when that is over, one asks first, as our count may be wrong again."""
        self._limit = limit

    @asynccontextmanager
    async def probe(self) -> AsyncIterator[None]:
        """A block that asks Strava; it does not run, and NotNow says for how long, while there is no use.

        A StravaUnavailable in it is an outage; any other StravaError but a RateLimited proves that Strava answers.
        """
        self.check()
        alone = self.doubtful
        self._probing = self._probing or alone
        try:
            alone = await self._agree() or alone
            step = self._failures
            try:
                yield
            except StravaUnavailable as error:
                await self._failed(step, error)
                raise self._reason(self._left_s()) from error
            except RateLimited as limit:
                if limit.told:
                    self.doubt(limit)
                raise
            except StravaError:
                self._answered()
                raise
            else:
                self._answered()
        finally:
            if alone:
                self._probing = False

    async def tell(self) -> None:
        """Tells the other processes that Strava answers again, after what it answered is durable."""
        if not self._recovered or self._shared is None:
            return
        self._recovered = False
        try:
            await self._shared.over()
        except DATABASE_TROUBLE as error:
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
        except DATABASE_TROUBLE as error:
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

    async def _failed(self, step: int, error: StravaUnavailable) -> None:
        if self._failures == step:  # several may have asked at once: together they are one step
            self._failures += 1
        wait_s = max(self._pause(self._failures, self._now_s()), error.retry_after_s or 0.0)
        self._shut_until_s, self._reason = self._now_s() + wait_s, type(error)
        if self._shared is None:
            return
        try:
            told = await self._shared.failed(step, self._shut_until_s)
        except DATABASE_TROUBLE as trouble:
            self._others_know = False
            _by_itself(trouble)
            return
        self._others_know = True
        self._failures, self._shut_until_s = told.failures, told.shut_until_s

    def _answered(self) -> None:
        self._recovered = self._recovered or self._failures > 0
        self._failures, self._shut_until_s, self._others_know = 0, 0.0, True
        self._reason, self._limit = StravaUnavailable, None

    def _now_s(self) -> float:
        return self._now().timestamp()

    def _left_s(self) -> float:
        return self._shut_until_s - self._now_s()


def _by_itself(error: Exception) -> None:
    structlog.get_logger(__name__).warning("outage_not_shared", reason=type(error).__name__)
