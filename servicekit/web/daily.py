"""What each caller without identity may have in a day: counted as `budgets` counts minutes, in the same places."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from servicekit.web.budgets import SHARED_FROM, Everywhere
from servicekit.web.flood import MOST


class DailySpending:
    """How many each caller has had since midnight (UTC); beyond `most` callers those longest silent are forgotten."""

    def __init__(
        self, per_day: int, everywhere: Everywhere | None = None, *, now: Callable[[], datetime], most: int = MOST
    ) -> None:
        self.per_day = per_day
        self._everywhere = everywhere
        self._now = now
        self._most = most
        self._day = date.min
        self._used: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._used)

    async def take(self, name: str) -> float:
        """0 when one more was counted; else there is none left, and it may be asked for again after so many seconds."""
        now = self._now().astimezone(UTC)
        if now.date() != self._day:
            self._day = now.date()
            self._used.clear()
        used = self._used.get(name, 0) + 1
        if used > self.per_day:
            return _until_midnight_s(now)
        self._used[name] = used
        self._used.move_to_end(name)
        while len(self._used) > self._most:
            self._used.popitem(last=False)
        if self._everywhere is None or used <= self.per_day * SHARED_FROM:
            return 0.0
        left = await self._everywhere.has_left(name, now.date(), self.per_day)
        return 0.0 if left else _until_midnight_s(now)


def _until_midnight_s(now: datetime) -> float:
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    return (midnight - now).total_seconds()
