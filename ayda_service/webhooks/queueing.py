"""Which work on events waits to be done."""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.jobs import JobQueue

FORWARD: Final = "forward_events"
CHECK_CONSENT: Final = "check_consent"
NOTIFY_DISCONNECTED: Final = "notify_disconnected"
SOON: Final = 5


class WebhookJobs:
    """Puts the jobs; for each athlete at most one of a kind waits, however many events there are."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue

    async def work_on(self, owner_id: int, *, about_athlete: bool, session: AsyncSession) -> None:
        """Has the athlete's events looked at, with the commit of `session`."""
        name = CHECK_CONSENT if about_athlete else FORWARD
        args = {"owner_id": owner_id}
        await self._queue.put(name, args, priority=SOON, unique=f"{name}:{owner_id}", session=session)

    async def tell_disconnected(self, telegram_id: int, owner_id: int, *, session: AsyncSession) -> None:
        """Has the predictor told that a connection has ended, with the commit of `session`."""
        args = {"telegram_id": str(telegram_id), "athlete_id": owner_id}
        await self._queue.put(NOTIFY_DISCONNECTED, args, priority=SOON, session=session)
