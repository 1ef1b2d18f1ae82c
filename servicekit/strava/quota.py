"""Permits for calls to Strava, counted before the call, in this process or for all processes in Redis.

The arithmetic is `kernel.strava.quota`, the counters are in `counters.py`: the number of a natural window is part of
each counter's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Final

import structlog

from kernel.contracts.sync import RateLimitStatus
from kernel.strava.quota import (
    DEFAULT_LIMITS,
    GUARD_S,
    QUARTER_S,
    WHOLE,
    Bucket,
    Charge,
    Kind,
    Limits,
    Priority,
    QuotaExhausted,
    Window,
    charges_for,
    charges_within,
    windows_for,
)
from kernel.strava.rate_headers import parse_rate_headers
from servicekit.strava.alone import CountedAlone
from servicekit.strava.asked import AskedBefore
from servicekit.strava.clock import StravaClock, date_of
from servicekit.strava.counters import QuotaStore, QuotaStoreDown
from servicekit.strava.permits import Permit, take
from servicekit.strava.told_limits import FRESH_S, ToldLimits
from servicekit.strava.usage import Count, status_of

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
        clock: StravaClock | None = None,
        nameless: QuotaStore | None = None,
    ) -> None:
        """`nameless`: where processes of before count, which know no names of apps: what they have used is used."""
        self._store = store
        self._seen = WHOLE if shared else share
        self.clock = clock or StravaClock(now)
        """What time it is at Strava, whose windows these are."""
        self._away_until_s = float("-inf")
        self._alone = CountedAlone()
        self._asked = AskedBefore(store)
        self._now = now
        self._share = share
        self._lifting, self._told = asyncio.Lock(), ToldLimits(store, limits)
        self._nameless, self._inherited_at_s = nameless, float("-inf")

    def of(self, _app: str | None) -> QuotaLedger:
        """As `servicekit.strava.quotas.AppQuotas.of`: here all calls are of one app."""
        return self

    @property
    def limits(self) -> Limits:
        """The caps believed now: what was configured until anybody's first answer, then what the last one said."""
        return self._told.believed

    async def acquire(self, kind: Kind, priority: Priority) -> Permit:
        """A permit for one call now, already counted. Raises QuotaExhausted."""
        if self._is_away:
            return await self._take_alone(kind, priority)
        now_s, moments_s = self.clock.now_s(), self.clock.moments_s()
        try:
            await self._alone.tell(self._store)
            await self._told.look(now_s)
            await self._inherit(now_s)
            windows = windows_for(self.limits, kind, self._seen)
            demands = await self._asked.demands(priority, now_s)
            noted = self._asked.noted(priority, now_s)
            taken = await take(self._store, windows, priority, moments_s, demands=demands, noted=noted)
            if noted:
                await self._asked.settle(priority, now_s, None if isinstance(taken, Permit) else now_s + taken)
        except QuotaStoreDown as error:
            self._went_away(error)
            return await self._take_alone(kind, priority)
        if isinstance(taken, Permit):
            return taken
        raise QuotaExhausted(self._in_s(taken))

    async def newcomer(self) -> None:
        """Somebody has come of whom nothing was ever read, and whose events are to be expected."""
        await self._asked_of_store(self._asked.newcomer)

    async def check(self) -> None:
        """Returns when the store answers. Raises QuotaStoreDown."""
        await self._store.count("health")
        self._away_until_s = float("-inf")

    async def _take_alone(self, kind: Kind, priority: Priority) -> Permit:
        if priority < Priority.WEBHOOK:
            raise QuotaUncounted(self._in_s(_DEGRADED_RETRY_S))
        windows = windows_for(self.limits, kind, self._share * _DEGRADED_SHARE)
        taken = await self._alone.take(windows, priority, self.clock.moments_s())
        if isinstance(taken, Permit):
            return taken
        raise QuotaUncounted(self._in_s(taken))

    async def observe(self, headers: Mapping[str, str], *, asked_at_s: float | None = None) -> None:
        """Takes over the time and the limits an answer names, and its usage where it is above our count.

        With `asked_at_s` (of the clock's `steady_s`) one that crossed the end of a window does not count for the next.
        """
        self.clock.learn(date_of(headers), asked_at_s=asked_at_s)
        found, now_s = parse_rate_headers(headers), self.clock.now_s()
        if found.odd:
            _log.warning("rate_headers_odd", headers=found.odd)
        if self._told.adopt(found, now_s):
            await self._asked_of_store(self._told.tell)
        under_way_s = 0.0 if asked_at_s is None else self.clock.steady_s() - asked_at_s
        usage: dict[Bucket, tuple[int, int] | None] = {"read": found.read_usage, "overall": found.overall_usage}
        told: dict[Charge, int] = {}
        for position, window in enumerate(windows_for(self.limits, "read")):
            spent, touched = usage[window.bucket], self._touched([window], under_way_s)
            if spent is not None and len(touched) == 1:
                told[touched.pop()] = spent[position % 2]
        if told:
            await self._lift(told)

    async def refused(self, kind: Kind) -> None:
        """Strava answered 429: nothing of this kind is asked before the running quarter ends, by anyone."""
        quarters = [window for window in windows_for(self.limits, kind) if window.length_s == QUARTER_S]
        await self._lift({charge: charge.window.cap for charge in self._touched(quarters)})

    def _touched(self, windows: Sequence[Window], under_way_s: float = 0.0) -> set[Charge]:
        """The counts an answer may speak of that has just arrived."""
        moments_s = self.clock.moments_s()
        before_s = max(GUARD_S, under_way_s)
        return {charge for each in moments_s for charge in charges_within(windows, each - before_s, each + GUARD_S)}

    async def _lift(self, told: Mapping[Charge, int]) -> None:
        for store in (self._alone.store,) if self._is_away else (self._alone.store, self._store):
            try:
                async with self._lifting:
                    counts = await store.count_all([charge.key for charge in told])
                    for (charge, to), count in zip(told.items(), counts, strict=True):
                        if to > count:
                            await store.add(charge.key, to - count, 2 * charge.window.length_s)
            except QuotaStoreDown as error:
                self._went_away(error)

    async def _inherit(self, now_s: float) -> None:
        if self._nameless is None or 0.0 <= now_s - self._inherited_at_s < FRESH_S:
            return
        charges = charges_for(windows_for(self.limits, "read"), now_s)
        counts = await self._nameless.count_all([charge.key for charge in charges])
        self._inherited_at_s = now_s
        await self._lift({charge: count for charge, count in zip(charges, counts, strict=True) if count})

    async def status(self) -> RateLimitStatus:
        """What this service has used of its share and may still use, and beside it the same of the whole app."""
        now_s = self.clock.now_s()
        was_away, counts = self._is_away, await self._counts(now_s)
        if self._is_away and not was_away:  # that was found out by counting, and half the share is what is left
            counts = await self._counts(now_s)
        return status_of(counts, now_s)

    async def _counts(self, now_s: float) -> list[Count]:
        share = self._share * _DEGRADED_SHARE if self._is_away else self._seen
        await self._asked_of_store(self._told.look)
        counts: list[Count] = []
        for window in windows_for(self.limits, "read", share):
            charge = Charge(window, window.number(now_s))
            counts.append(Count(window, await self._count(charge)))
        return counts

    async def _count(self, charge: Charge) -> int:
        if not self._is_away:
            try:
                return await self._store.count(charge.key)
            except QuotaStoreDown as error:
                self._went_away(error)
        return await self._alone.store.count(charge.key)

    async def _asked_of_store(self, ask: Callable[[float], Awaitable[None]]) -> None:
        try:
            if not self._is_away:
                await ask(self.clock.now_s())
        except QuotaStoreDown as error:
            self._went_away(error)

    async def close(self) -> None:
        """Closes the store."""
        await self._store.close()

    def _in_s(self, wait_s: float) -> float:
        """So many seconds from now, on the clock by which jobs are due: epoch seconds."""
        return self._now().timestamp() + wait_s

    @property
    def _is_away(self) -> bool:
        return self.clock.steady_s() < self._away_until_s

    def _went_away(self, error: QuotaStoreDown) -> None:
        self._away_until_s = self.clock.steady_s() + _LOOK_AGAIN_S
        _log.error("quota_store_down", reason=str(error), works_with="half of this service's own share")
