"""What each caller may ask within a minute and at once, and what they have spent of it.

It is counted in this process, or with Redis in all of them. Memory is bounded here (`Visitors`) and there: a caller who
spends little is counted by each process alone, so that 10^6 addresses that come once leave nothing in Redis; each
process adds an eighth at most to what one may ask of all. Names in Redis are digests under a key of the service. While
Redis is away each process counts for itself.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, Self, TypeVar

import structlog
from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter

from servicekit.base.settings import Reader, Secret
from servicekit.base.shared_counters import SharedCounters
from servicekit.http.resilience import CircuitBreaker
from servicekit.web.flood import MOST, Allowance, Visitors

MINUTE_S: Final = 60.0
HIGHEST: Final = 1_000_000
LOWEST_PER_MINUTE: Final = 20
"""Nothing costs more."""
SHARED_FROM: Final = 1 / 8
_TIMEOUT_S: Final = 0.25
_AWAY_S: Final = 5.0
_PREFIX: Final = "ayda:budgets"

Counted = Literal["member", "address"]
Answered = TypeVar("Answered")


@dataclass(frozen=True, slots=True)
class Budget:
    """Of one caller."""

    per_minute: int
    at_once: int


@dataclass(frozen=True, slots=True)
class RequestBudgets:
    """Of each kind of caller; each default is that of the variable."""

    member: Budget = Budget(120, 8)
    """MEMBER_REQUESTS_PER_MINUTE, MEMBER_REQUESTS_AT_ONCE."""
    address: Budget = Budget(240, 20)
    """ADDRESS_REQUESTS_PER_MINUTE, ADDRESS_REQUESTS_AT_ONCE: of all requests without identity that come from one."""

    @classmethod
    def read(cls, read: Reader) -> Self:
        """From an environment; problems are reported by the reader."""
        unset = cls()
        return cls(_budget(read, "MEMBER", unset.member), _budget(read, "ADDRESS", unset.address))


class Spending:
    """The spending of one kind of callers."""

    def __init__(self, per_minute: int, everywhere: Everywhere | None = None, *, most: int = MOST) -> None:
        self._per_minute = per_minute
        self._here = Visitors(Allowance(per_minute, MINUTE_S / per_minute), most=most)
        self._everywhere = everywhere

    def __len__(self) -> int:
        return len(self._here)

    async def take(self, name: str, cost: int, now_s: float) -> float:
        """0 when the cost was taken; else nothing was, and it may be asked for again after so many seconds."""
        wait_s = self._here.wait_s(name, now_s, cost)
        if wait_s > 0:
            return wait_s
        self._here.take(name, now_s, cost)
        if self._everywhere is None or self._here.taken(name, now_s) <= self._per_minute * SHARED_FROM:
            return 0.0
        return await self._everywhere.take(name, cost, self._per_minute)


class Everywhere:
    """What the processes of a service count together."""

    def __init__(self, counters: SharedCounters, key: bytes, *, now: Callable[[], datetime]) -> None:
        """Under `key` are the names that stand in Redis: whoever reads them there learns nobody's."""
        self._counters = counters
        self._away: tuple[type[Exception], ...] = (OSError, *_errors(counters))
        self._minutes = SlidingWindowCounterRateLimiter(counters.storage)
        self._days = FixedWindowRateLimiter(counters.storage)
        self._key = key
        self._now = now
        self._breaker = CircuitBreaker(threshold=1, open_s=_AWAY_S)

    async def take(self, name: str, cost: int, per_minute: int) -> float:
        """As `Spending.take`; 0 too while Redis is away."""
        limit, digest = RateLimitItemPerMinute(per_minute), self._digest(name)

        async def wait_s() -> float:
            if await self._minutes.hit(limit, digest, cost=cost):
                return 0.0
            resets_at_s = (await self._minutes.get_window_stats(limit, digest))[0]
            return min(MINUTE_S, max(1.0, resets_at_s - self._now().timestamp()))

        return await self._unless_away(wait_s, 0.0)

    async def has_left(self, name: str, day: date, per_day: int) -> bool:
        """Counts one more of a day, and whether that was still one of so many; True too while Redis is away."""
        limit, digest = RateLimitItemPerDay(per_day), self._digest(f"{day} {name}")

        async def taken() -> bool:
            return await self._days.hit(limit, digest)

        return await self._unless_away(taken, True)

    def _digest(self, name: str) -> str:
        return hmac.digest(self._key, name.encode(), "sha256").hex()

    async def _unless_away(self, ask: Callable[[], Awaitable[Answered]], away: Answered) -> Answered:
        if self._breaker.refused_for_s() is not None:
            return away
        try:
            answer = await ask()
        except self._away as error:
            self._breaker.failed()
            structlog.get_logger(__name__).warning("shared_budgets_away", reason=type(error).__name__)
            return away
        self._breaker.succeeded()
        return answer

    async def close(self) -> None:
        """Closes the connections."""
        await self._counters.close()


@dataclass(slots=True)
class Accounts:
    """What callers have spent, and what of theirs is under way in this process."""

    budgets: RequestBudgets
    everywhere: Everywhere | None = None
    running: Counter[str] = field(default_factory=Counter)
    spending: Mapping[Counted, Spending] = field(init=False)

    def __post_init__(self) -> None:
        self.spending = {kind: Spending(self.of(kind).per_minute, self.everywhere) for kind in ("member", "address")}

    def of(self, kind: Counted) -> Budget:
        """The budget of each caller of this kind."""
        return self.budgets.member if kind == "member" else self.budgets.address

    async def close(self) -> None:
        """Lets go of connections."""
        if self.everywhere is not None:
            await self.everywhere.close()


def open_accounts(
    budgets: RequestBudgets, redis_url: Secret | None, key: bytes, *, now: Callable[[], datetime]
) -> Accounts:
    """Counted in Redis by all processes of a service, or without one in this process; see `Everywhere` for `key`."""
    if redis_url is None:
        return Accounts(budgets)
    counters = SharedCounters(redis_url.reveal(), prefix=_PREFIX, timeout_s=_TIMEOUT_S)
    return Accounts(budgets, Everywhere(counters, key, now=now))


def _budget(read: Reader, whose: str, unset: Budget) -> Budget:
    return Budget(
        read.integer(f"{whose}_REQUESTS_PER_MINUTE", unset.per_minute, minimum=LOWEST_PER_MINUTE, maximum=HIGHEST),
        read.integer(f"{whose}_REQUESTS_AT_ONCE", unset.at_once, minimum=1, maximum=HIGHEST),
    )


def _errors(counters: SharedCounters) -> tuple[type[Exception], ...]:
    found = counters.storage.base_exceptions
    return found if isinstance(found, tuple) else (found,)
