"""Telling the predictor about connections, however long it is away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.connection import StravaConnected, SyncTriggered
from kernel.retry import NOTICE_LADDER_S
from servicekit.jobs import Job, JobQueue

NOTIFY_CONNECTED: Final = "notify_connected"


class Listener(Protocol):
    """Who wants to know."""

    async def connected(self, notice: StravaConnected) -> SyncTriggered:
        """See `PredictorClient`."""
        ...


class QueuedNotices:
    """Notices as jobs: the job's row is the outbox row."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue

    async def connected(self, telegram_id: int, athlete_id: int, *, session: AsyncSession) -> None:
        """Queues the notice with the commit of `session`."""
        args = {"telegram_id": str(telegram_id), "athlete_id": athlete_id}
        await self._queue.put(NOTIFY_CONNECTED, args, priority=10, session=session)


class NoNotices:
    """For an ayda that runs without a predictor."""

    async def connected(self, telegram_id: int, athlete_id: int, *, session: AsyncSession) -> None:
        """Nobody is there to be told."""


def notify_connected_job(listener: Listener) -> Job:
    """The delivery of one notice; telling the predictor twice does no harm."""

    async def run(args: Mapping[str, Any]) -> None:
        await listener.connected(StravaConnected(telegram_id=args["telegram_id"], athlete_id=args["athlete_id"]))

    return Job(NOTIFY_CONNECTED, run, retry_delays_s=NOTICE_LADDER_S, timeout_s=30)
