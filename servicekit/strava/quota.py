"""Permits for calls to Strava, counted before the call, in this process or for all processes in Redis.

The arithmetic is `kernel.strava.quota`, the counters are in `counters.py`: the number of a natural window is part of
each counter's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from math import ceil
from typing import Final

import structlog

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
from servicekit.strava.counters import QuotaStore, QuotaStoreDown, RedisQuotaStore

_DEGRADED_SHARE = Fraction(1, 2)
_DEGRADED_RETRY_S = 60.0
_LOOK_AGAIN_S = 5.0
"""While the store is away each try costs as long as it is waited for."""
QUOTA_ALONE: Final = (
    "The Redis of REDIS_URL does not answer: each process counts its calls to Strava alone and uses half of its "
    "service's share; whoever waits is served, background reading is not."
)
_log = structlog.get_logger("servicekit.strava.quota")


class QuotaUncounted(QuotaExhausted):
    """What may be used while the others' counts are not seen is used up, or kept for those who wait."""

    sentence = (
        "The count of calls to Strava that all our processes share cannot be reached; reading goes on more slowly "
        "until it is back."
    )


class QuotaLedger:
    """Who may call Strava now.

    `share` is this service's part of the caps while the others' counts are not seen; `shared` says that the store shows
    them. While such a store is away the ledger refuses low priorities and lets the urgent ones use half of the share,
    counted here.
    """

    def __init__(
        self,
        store: QuotaStore,
        *,
        now: Callable[[], datetime],
        limits: Limits = DEFAULT_LIMITS,
        share: Fraction = WHOLE,
        shared: bool = False,
    ) -> None:
        self._store = store
        self._seen = WHOLE if shared else share
        self._away_until_s = 0.0
        self._local = QuotaStore()
        self._now = now
        self._share = share
        self._lifting = asyncio.Lock()
        self.limits = limits
        """The caps believed now: what was configured until the first answer, then what it said."""

    async def acquire(self, kind: Kind, priority: Priority) -> None:
        """Returns when one call may be made now, already counted. Raises QuotaExhausted."""
        now_s = self._now().timestamp()
        if now_s < self._away_until_s:
            await self._take_alone(kind, priority, now_s)
            return
        try:
            wait_s = await _take(self._store, windows_for(self.limits, kind, self._seen), priority, now_s)
        except QuotaStoreDown as error:
            self._went_away(error)
            await self._take_alone(kind, priority, now_s)
            return
        if wait_s is not None:
            raise QuotaExhausted(wait_s)

    def _went_away(self, error: QuotaStoreDown) -> None:
        self._away_until_s = self._now().timestamp() + _LOOK_AGAIN_S
        _log.error("quota_store_down", reason=str(error), works_with="half of this service's own share")

    async def check(self) -> None:
        """Returns when the store answers. Raises QuotaStoreDown."""
        await self._store.count("health")
        self._away_until_s = 0.0

    async def _take_alone(self, kind: Kind, priority: Priority, now_s: float) -> None:
        if priority < Priority.WEBHOOK:
            raise QuotaUncounted(now_s + _DEGRADED_RETRY_S)
        windows = windows_for(self.limits, kind, self._share * _DEGRADED_SHARE)
        wait_s = await _take(self._local, windows, priority, now_s)
        if wait_s is not None:
            raise QuotaUncounted(wait_s)

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
        away = self._now().timestamp() < self._away_until_s
        for store in (self._local,) if away else (self._local, self._store):
            try:
                async with self._lifting:
                    missing = to - await store.count(charge.key)
                    if missing > 0:
                        await store.add(charge.key, missing, 2 * charge.window.length_s)
            except QuotaStoreDown as error:
                self._went_away(error)

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
        if self._now().timestamp() >= self._away_until_s:
            try:
                return await self._store.count(charge.key)
            except QuotaStoreDown as error:
                self._went_away(error)
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
    return QuotaLedger(RedisQuotaStore(redis_url.reveal()), now=now, limits=limits, share=share, shared=True)


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
