"""Counts of what the urgent ask, hour by hour, in the store that counts the calls: what reserves are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kernel.strava.demand import HOUR_S, HOURS, Demand, Hours
from kernel.strava.quota import NOBODYS, Demands, Priority
from servicekit.strava.counters import QuotaStore

URGENT: Final = (Priority.WEBHOOK, Priority.INTERACTIVE)
KEPT_S: Final = 50 * HOUR_S
FRESH_S: Final = 120.0
"""An expectation serves for so long: it changes slowly, and is asked for before each call."""


class AskedBefore:
    """What was asked, of all who count in one store."""

    def __init__(self, store: QuotaStore) -> None:
        self._store = store
        self._demands: Demands = NOBODYS
        self._read_at_s = float("-inf")

    def noted(self, priority: Priority, now_s: float) -> Mapping[str, int]:
        """The counter of a wish, with its time to live in seconds, none where nobody counts them.

        One that is refused counts too: what is kept for them must not shrink with what they got.
        """
        return {_key(priority, int(now_s // HOUR_S)): KEPT_S} if priority in URGENT else {}

    async def demands(self, priority: Priority, now_s: float) -> Demands:
        """What to expect, for the one who asks at this priority. Raises QuotaStoreDown."""
        if priority is Priority.INTERACTIVE:
            return NOBODYS
        if not 0.0 <= now_s - self._read_at_s < FRESH_S:
            self._demands = {one: await self._demand(one, now_s) for one in URGENT}
            self._read_at_s = now_s
        return self._demands

    async def _demand(self, priority: Priority, now_s: float) -> Demand:
        now_h = int(now_s // HOUR_S)
        midnight_h = now_h - now_h % HOURS
        yesterday = await self._hours(priority, midnight_h - HOURS, midnight_h - 1)
        return Demand(yesterday, await self._hours(priority, midnight_h, now_h))

    async def _hours(self, priority: Priority, first_h: int, last_h: int) -> Hours:
        counts = await self._store.count_all([_key(priority, hour) for hour in range(first_h, last_h + 1)])
        return (*counts, *(0,) * (HOURS - len(counts)))


def _key(priority: Priority, hour: int) -> str:
    return f"strava/asked/{priority.name.lower()}/{hour}"
