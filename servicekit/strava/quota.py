"""Permits for calls to Strava, counted before the call, in this process or for all processes in Redis.

The arithmetic is `kernel.strava.quota`; the counters are those of the `limits` library, which adds atomically. Its own
windows start at the first hit, so the number of the natural window is part of each counter's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from math import ceil
from typing import Any

import structlog
from limits.aio.storage import MemoryStorage, Storage
from limits.storage import storage_from_string

from kernel.contracts.sync import RateLimitStatus, WindowUsage
from kernel.strava.quota import (
    DEFAULT_LIMITS,
    GUARD_S,
    WHOLE,
    Bucket,
    Charge,
    Kind,
    Limits,
    Priority,
    QuotaExhausted,
    Window,
    adopt_limits,
    charges_for,
    parse_rate_headers,
    wait_until_s,
    windows_for,
)
from servicekit.base.settings import Secret

_DEGRADED_SHARE = Fraction(1, 2)
_DEGRADED_RETRY_S = 60.0
_log = structlog.get_logger("servicekit.strava.quota")


class QuotaStoreDown(Exception):
    """The counters cannot be reached."""


class QuotaStore:
    """Named counters that add atomically: of this process, unless another storage is given."""

    def __init__(self, storage: Storage | None = None) -> None:
        self._storage = storage or MemoryStorage()

    async def add(self, key: str, amount: int, ttl_s: int) -> int:
        """Adds and returns the new count; the counter is forgotten after `ttl_s`. Raises QuotaStoreDown."""
        return await self._told(self._storage.incr(key, ttl_s, amount=amount))

    async def count(self, key: str) -> int:
        """The count, 0 for a counter that is not there. Raises QuotaStoreDown."""
        return await self._told(self._storage.get(key))

    async def _told(self, count: Awaitable[int]) -> int:
        try:
            return int(await count)
        except self._storage.base_exceptions as error:
            raise QuotaStoreDown(type(error).__name__) from error

    async def close(self) -> None:
        """Lets go of connections."""


class RedisQuotaStore(QuotaStore):
    """Counters all processes share."""

    def __init__(self, url: str, *, prefix: str = "ayda", timeout_s: float = 1.0) -> None:
        """Accepts `redis://host:port/db`. Connects at the first use."""
        from redis.asyncio import BlockingConnectionPool  # noqa: PLC0415 - an extra: only who has a Redis installs it

        # the client's own pool refuses the 101st caller instead of letting it wait
        pool: Any = BlockingConnectionPool.from_url(
            url, max_connections=16, timeout=timeout_s, socket_timeout=timeout_s, socket_connect_timeout=timeout_s
        )
        storage: Any = storage_from_string(
            f"async+{url}", implementation="redispy", key_prefix=prefix, connection_pool=pool
        )
        super().__init__(storage)
        self._pool = pool

    async def close(self) -> None:
        await self._pool.aclose()


class QuotaLedger:
    """Who may call Strava now.

    `share` is this service's part of the caps when the others' counts are not seen (1 with a shared store). Without
    its store the ledger refuses low priorities and lets the urgent ones use half of the share, counted here.
    """

    def __init__(
        self,
        store: QuotaStore,
        *,
        now: Callable[[], datetime],
        limits: Limits = DEFAULT_LIMITS,
        share: Fraction = WHOLE,
    ) -> None:
        self._store = store
        self._local = QuotaStore()
        self._now = now
        self._share = share
        self._lifting = asyncio.Lock()
        self.limits = limits
        """The caps believed now: what was configured until the first answer, then what it said."""

    async def acquire(self, kind: Kind, priority: Priority) -> None:
        """Returns when one call may be made now, already counted. Raises QuotaExhausted."""
        now_s = self._now().timestamp()
        try:
            wait_s = await _take(self._store, windows_for(self.limits, kind, self._share), priority, now_s)
        except QuotaStoreDown as error:
            _log.error("quota_store_down", reason=str(error), priority=priority.name)
            wait_s = await self._take_alone(kind, priority, now_s)
        if wait_s is not None:
            raise QuotaExhausted(wait_s)

    async def _take_alone(self, kind: Kind, priority: Priority, now_s: float) -> float | None:
        if priority < Priority.WEBHOOK:
            return now_s + _DEGRADED_RETRY_S
        windows = windows_for(self.limits, kind, self._share * _DEGRADED_SHARE)
        return await _take(self._local, windows, priority, now_s)

    async def observe(self, headers: Mapping[str, str], *, sent_at_s: float | None = None) -> None:
        """Takes over the limits an answer names, and its usage where it is above our count.

        With `sent_at_s` (epoch seconds) an answer that crossed the end of a window does not count for the next one.
        """
        found = parse_rate_headers(headers)
        self.limits = adopt_limits(self.limits, found)
        now_s = self._now().timestamp()
        sent_at_s = now_s if sent_at_s is None else sent_at_s
        usage: dict[Bucket, tuple[int, int] | None] = {"read": found.read_usage, "overall": found.overall_usage}
        for position, window in enumerate(windows_for(self.limits, "read")):
            spent = usage[window.bucket]
            numbers = {window.number(moment) for moment in (sent_at_s, now_s - GUARD_S, now_s + GUARD_S)}
            if spent is not None and len(numbers) == 1:
                await self._lift(Charge(window, numbers.pop()), spent[position % 2])

    async def refused(self, kind: Kind) -> None:
        """Strava answered 429: nothing of this kind is asked before the running quarter ends, by anyone."""
        now_s = self._now().timestamp()
        for window in windows_for(self.limits, kind):
            if window.length_s < 3600:
                await self._lift(Charge(window, window.number(now_s)), window.cap)

    async def _lift(self, charge: Charge, to: int) -> None:
        for store in (self._store, self._local):
            try:
                async with self._lifting:
                    missing = to - await store.count(charge.key)
                    if missing > 0:
                        await store.add(charge.key, missing, 2 * charge.window.length_s)
            except QuotaStoreDown as error:
                _log.error("quota_store_down", reason=str(error))

    async def status(self) -> RateLimitStatus:
        """How much of both buckets is used."""
        now_s = self._now().timestamp()
        used: dict[Bucket, list[int]] = {"read": [], "overall": []}
        resets: list[int] = []
        for window in windows_for(self.limits, "read"):
            charge = Charge(window, window.number(now_s))
            used[window.bucket].append(await self._count(charge))
            resets.append(ceil(window.end_s(charge.number) - now_s))
        quarter, day = used["read"]
        return RateLimitStatus(
            requests_15min=quarter,
            requests_day=day,
            remaining_15min=max(0, self.limits.read[0] - quarter),
            remaining_day=max(0, self.limits.read[1] - day),
            reset_15min_seconds=resets[0],
            reset_day_seconds=resets[1],
            read=WindowUsage((quarter, day), self.limits.read),
            overall=WindowUsage((used["overall"][0], used["overall"][1]), self.limits.overall),
        )

    async def _count(self, charge: Charge) -> int:
        try:
            return await self._store.count(charge.key)
        except QuotaStoreDown:
            return await self._local.count(charge.key)

    async def close(self) -> None:
        """Closes the store."""
        await self._store.close()


def open_ledger(
    redis_url: Secret | None, *, now: Callable[[], datetime], share: Fraction, limits: Limits = DEFAULT_LIMITS
) -> QuotaLedger:
    """Counted in Redis by all services together, or without one in this process for this service's share."""
    if redis_url is None:
        return QuotaLedger(QuotaStore(), now=now, limits=limits, share=share)
    return QuotaLedger(RedisQuotaStore(redis_url.reveal()), now=now, limits=limits)


async def _take(store: QuotaStore, windows: Sequence[Window], priority: Priority, now_s: float) -> float | None:
    """Counts first and looks then: two at once may both be refused, but never both be over the cap."""
    counts = {
        charge: await store.add(charge.key, 1, 2 * charge.window.length_s) for charge in charges_for(windows, now_s)
    }
    wait_s = wait_until_s(counts, priority, now_s)
    if wait_s is not None:
        for charge in counts:
            await store.add(charge.key, -1, 2 * charge.window.length_s)
    return wait_s
