"""The caps that Strava's answers named, known to all processes that count in one store: most ask little or nothing."""

from __future__ import annotations

from typing import Final

from kernel.strava.quota import Limits
from kernel.strava.rate_headers import RateHeaders, adopt_limits, parse_rate_headers
from servicekit.strava.counters import QuotaStore

FRESH_S: Final = 30.0
"""What was read is believed for so long."""
AGAIN_S: Final = 3600.0
"""What has not changed is told again after so long: a store may have lost it."""
_KEPT_S: Final = 7 * 86_400
_KEY: Final = "strava/limits"


class ToldLimits:
    """What one process believes, and how it hears of what others were told."""

    def __init__(self, store: QuotaStore, first: Limits) -> None:
        """`first` is a guess, until anybody has had an answer."""
        self._store = store
        self.believed = first
        self._read_at_s = self._told_at_s = float("-inf")

    async def look(self, now_s: float) -> None:
        """Takes over what others were told. Raises QuotaStoreDown."""
        if 0.0 <= now_s - self._read_at_s < FRESH_S:
            return
        read, _, overall = (await self._store.kept(_KEY) or "").partition(";")
        self._read_at_s = now_s
        told = parse_rate_headers({"X-ReadRateLimit-Limit": read, "X-RateLimit-Limit": overall})
        self.believed = adopt_limits(self.believed, told)

    def adopt(self, headers: RateHeaders, now_s: float) -> bool:
        """Believes an answer; whether others have to be told of it."""
        before, self.believed = self.believed, adopt_limits(self.believed, headers)
        says = headers.read_limit is not None or headers.overall_limit is not None
        return says and (self.believed != before or not 0.0 <= now_s - self._told_at_s < AGAIN_S)

    async def tell(self, now_s: float) -> None:
        """Tells others what is believed. Raises QuotaStoreDown."""
        pairs = (self.believed.read, self.believed.overall)
        await self._store.keep(_KEY, ";".join(f"{quarter},{day}" for quarter, day in pairs), _KEPT_S)
        self._told_at_s = self._read_at_s = now_s
