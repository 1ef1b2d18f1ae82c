"""The ledgers of the Strava apps with whose tokens a service calls: limits and usage are an app's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, TypeAlias

from kernel.contracts.sync import RateLimitStatus
from kernel.strava.quota import DEFAULT_LIMITS, Limits
from servicekit.base.settings import Secret
from servicekit.strava.clock import StravaClock
from servicekit.strava.counters import AppQuotaStore, QuotaStore, QuotaStoreDown, RedisQuotaStore
from servicekit.strava.quota import QuotaLedger
from servicekit.strava.told_limits import AGAIN_S, FRESH_S

_KEPT_S: Final = 7 * 86_400


class AppQuotas:
    """Those of an app of the service's own, and of the app of a neighbour whose tokens say which one that is."""

    def __init__(
        self, store: QuotaStore, *, own: str | None, neighbour: str | None, now: Callable[[], datetime], **of_each: Any
    ) -> None:
        """`neighbour`: its address, None where there is none. `of_each`: what a QuotaLedger takes beside."""
        self._store = store
        self._own = own
        self._neighbour = neighbour
        self._now = now
        self.clock = StravaClock(now)
        """What time it is at Strava, whichever app asks."""
        self._of_each = of_each
        self._ledgers: dict[str | None, QuotaLedger] = {}
        self._theirs: str | None = None
        self._looked_at_s = float("-inf")

    def of(self, app: str | None) -> QuotaLedger:
        """The ledger of an app; None: of the neighbour's, also when nobody has said yet which one that is."""
        if app not in {None, self._own, self._theirs}:
            self._theirs, self._looked_at_s = app, float("-inf")
        return self._ledger(app or self._theirs)

    async def status(self) -> RateLimitStatus:
        """As `QuotaLedger.status`, of the neighbour's app where there is a neighbour."""
        await self._agree()
        return await self._main().status()

    async def newcomer(self) -> None:
        """As `QuotaLedger.newcomer`, whichever app they consented to."""
        await self._main().newcomer()

    async def check(self) -> None:
        """Returns when the store answers. Raises QuotaStoreDown."""
        await self._main().check()

    async def close(self) -> None:
        """Closes the store."""
        await self._store.close()

    def _main(self) -> QuotaLedger:
        return self._ledger(self._own if self._neighbour is None else self._theirs)

    def _ledger(self, app: str | None) -> QuotaLedger:
        if app not in self._ledgers:
            self._ledgers[app] = _ledger(self._store, app, now=self._now, clock=self.clock, **self._of_each)
        return self._ledgers[app]

    async def _agree(self) -> None:
        """Tells other processes which app the neighbour's is, or hears it of them: not each of them has its tokens."""
        now_s = self._now().timestamp()
        if self._neighbour is None or 0.0 <= now_s - self._looked_at_s < (FRESH_S if self._theirs is None else AGAIN_S):
            return
        name = f"strava/app-of/{hashlib.sha256(self._neighbour.encode()).hexdigest()[:16]}"
        try:
            if self._theirs is None:
                self._theirs = await self._store.kept(name)
            else:
                await self._store.keep(name, self._theirs, _KEPT_S)
        except QuotaStoreDown:
            return
        self._looked_at_s = now_s


AnyQuotas: TypeAlias = QuotaLedger | AppQuotas
"""Of one app, or of several."""


def _ledger(store: QuotaStore, app: str | None, **of_each: Any) -> QuotaLedger:
    """Who counts under no name counts as processes of before do."""
    if app is None:
        return QuotaLedger(store, **of_each)
    return QuotaLedger(AppQuotaStore(store, app), nameless=store if of_each["shared"] else None, **of_each)


def open_ledger(redis_url: Secret | None, app: str, *, now: Callable[[], datetime], share: Fraction) -> QuotaLedger:
    """Of one app: counted in Redis by all services together, or without one in this process for this share."""
    store = QuotaStore() if redis_url is None else RedisQuotaStore(redis_url.reveal())
    return _ledger(store, app, now=now, share=share, shared=redis_url is not None)


def open_quotas(
    redis_url: Secret | None,
    *,
    own: str | None,
    neighbour: str | None,
    now: Callable[[], datetime],
    share: Fraction,
    limits: Limits = DEFAULT_LIMITS,
) -> AppQuotas:
    """The same of several apps; `limits` are the first guess for each."""
    store = QuotaStore() if redis_url is None else RedisQuotaStore(redis_url.reveal())
    each: dict[str, Any] = {"share": share, "limits": limits, "shared": redis_url is not None}
    return AppQuotas(store, own=own, neighbour=neighbour, now=now, **each)
