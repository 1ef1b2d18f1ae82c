"""What a member may have made in a day: counted before it is made, and given back when nothing came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Final

import structlog
from sqlalchemy.orm import Session

from ayda_service.budgets.models import Daily
from ayda_service.budgets.store import DailyUseStore
from ayda_service.errors import DailyLimit
from ayda_service.members.service import Membership
from servicekit.data.database import Database
from servicekit.data.trouble import DATABASE_TROUBLE

_WORDS: Final = {
    "predictions": "predictions",
    "routes": "new courses",
    "matching": "questions about partners and groups",
    "imports": "archives",
}


class DailyBudget:
    """One kind of thing, `most` of which a member may have made between two midnights (UTC)."""

    def __init__(
        self, database: Database, membership: Membership, what: Daily, most: int, *, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._membership = membership
        self._what = what
        self._most = most
        self._now = now

    @asynccontextmanager
    async def spent(
        self,
        telegram_id: int,
        vouched_at: datetime,
        *,
        free: Callable[[Session, datetime], bool] = lambda _session, _day: False,
    ) -> AsyncIterator[None]:
        """Counts one for what the block makes; it is given back when the block raises. Raises DailyLimit, ErasedSince.

        `free` is asked in the same unit of work whether this costs nothing; it is told when the day began.
        """
        now = self._now()
        counted = await self._database.write(lambda session: self._take(session, telegram_id, vouched_at, now, free))
        try:
            yield
        except BaseException:
            if counted:
                await self._give_back(telegram_id, now)
            raise

    def _take(
        self,
        session: Session,
        telegram_id: int,
        vouched_at: datetime,
        now: datetime,
        free: Callable[[Session, datetime], bool],
    ) -> bool:
        begun = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
        if free(session, begun):
            return False
        member = self._membership.join(session, telegram_id, vouched_at)
        if not DailyUseStore(session).take(member.id, self._what, begun.date(), self._most):
            over = begun + timedelta(days=1)
            raise DailyLimit(self._most, _WORDS[self._what], (over - now).total_seconds())
        return True

    async def _give_back(self, telegram_id: int, now: datetime) -> None:
        """What the member is told is why the block failed, whatever becomes of the count."""
        day = now.astimezone(UTC).date()
        try:
            await self._database.write(lambda session: DailyUseStore(session).give_back(telegram_id, self._what, day))
        except DATABASE_TROUBLE as error:
            structlog.get_logger(__name__).warning("daily_use_not_given_back", reason=type(error).__name__)
