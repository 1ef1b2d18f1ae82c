"""Counts of what the urgent ask, hour by hour, in the store that counts the calls: what reserves are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from kernel.strava.demand import HOUR_S, HOURS, Demand, Hours
from kernel.strava.quota import NOBODYS, QUARTER_S, Demands, Priority
from servicekit.strava.counters import QuotaStore

URGENT: Final = (Priority.WEBHOOK, Priority.INTERACTIVE)
KEPT_S: Final = 50 * HOUR_S
FRESH_S: Final = 120.0
"""An expectation serves for so long: it changes slowly, and is asked for before each call."""
AGAIN_FRESH_S: Final = 1.0
"""So long it may be unknown that others were refused, who come again in a second at the earliest."""


class AskedBefore:
    """What was asked, of all who count in one store."""

    def __init__(self, store: QuotaStore) -> None:
        self._store = store
        self._demands: Demands = NOBODYS
        self._read_at_s = float("-inf")
        self._again: dict[str, tuple[float, int]] = {}
        """When a counter was read, and what it said."""

    async def settle(self, priority: Priority, now_s: float, retry_at_s: float | None) -> None:
        """After a wish was granted, or refused until `retry_at_s`: counts each wish once. Raises QuotaStoreDown.

        One that is refused comes again when it was told to. Nobody knows which one it is, but how many of a quarter
        there are: so many wishes were counted before.
        """
        if await self._coming_again(priority, now_s) > 0:
            await self._add_again(priority, now_s, now_s, -1)
            await self._store.add(_key(priority, int(now_s // HOUR_S)), -1, KEPT_S)
        if retry_at_s is not None:
            await self._add_again(priority, retry_at_s, now_s, 1)

    async def _add_again(self, priority: Priority, at_s: float, now_s: float, amount: int) -> None:
        key = _again(priority, at_s)
        told = await self._store.add(key, amount, KEPT_S)
        if key in self._again:
            self._again[key] = (now_s, told)

    async def _coming_again(self, priority: Priority, now_s: float) -> int:
        key = _again(priority, now_s)
        read_at_s, _ = self._again.get(key, (float("-inf"), 0))
        if not 0.0 <= now_s - read_at_s < AGAIN_FRESH_S:
            self._again = {key: (now_s, await self._store.count(key))}
        return self._again[key][1]

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

    async def newcomer(self, now_s: float) -> None:
        """Somebody has come of whom nothing was ever read. Raises QuotaStoreDown."""
        await self._store.add(_joined(int(now_s // HOUR_S)), 1, KEPT_S)

    async def _demand(self, priority: Priority, now_s: float) -> Demand:
        asked = await self._hours(partial(_key, priority), now_s)
        # who has just come is expected to tell of outings, and not to look more often than others
        return Demand(*asked, *(await self._hours(_joined, now_s) if priority is Priority.WEBHOOK else ()))

    async def _hours(self, key: Callable[[int], str], now_s: float) -> tuple[Hours, Hours]:
        """Of yesterday, and of today as far as it goes."""
        now_h = int(now_s // HOUR_S)
        midnight_h = now_h - now_h % HOURS
        counts = await self._store.count_all([key(hour) for hour in range(midnight_h - HOURS, now_h + 1)])
        return tuple(counts[:HOURS]), (*counts[HOURS:], *(0,) * (2 * HOURS - len(counts)))


def _again(priority: Priority, at_s: float) -> str:
    return f"strava/again/{priority.name.lower()}/{int(at_s // QUARTER_S)}"


def _joined(hour: int) -> str:
    return f"strava/joined/{hour}"


def _key(priority: Priority, hour: int) -> str:
    return f"strava/asked/{priority.name.lower()}/{hour}"
