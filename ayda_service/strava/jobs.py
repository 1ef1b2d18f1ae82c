"""Telling the predictor about connections, however long it is away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from ayda_service.predictor.client import Outages
from kernel.contracts.connection import StravaConnected, SyncTriggered
from kernel.retry import NOTICE_LADDER_S
from servicekit.http.errors import UpstreamUnavailable
from servicekit.jobs import Job, JobQueue

NOTIFY_CONNECTED: Final = "notify_connected"


class Listener(Protocol):
    """Who wants to know."""

    async def connected(self, notice: StravaConnected) -> SyncTriggered:
        """See `PredictorClient`."""
        ...


class Truth(Protocol):
    """What is true of connections now; a notice may be older."""

    async def holds(self, telegram_id: str, athlete_id: int) -> bool:
        """Whether this member is still connected to this athlete."""
        ...

    async def take_back(self, telegram_id: str, athlete_id: int) -> None:
        """Has a connection forgotten that was told of while it ended."""
        ...


class QueuedNotices:
    """Notices as jobs: the job's row is the outbox row."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue

    def connected(self, telegram_id: int, athlete_id: int, *, session: Session) -> None:
        """Queues the notice with the commit of `session`."""
        args = {"telegram_id": str(telegram_id), "athlete_id": athlete_id}
        self._queue.add(session, NOTIFY_CONNECTED, args, priority=10)


class NoNotices:
    """For an ayda that runs without a predictor."""

    def connected(self, telegram_id: int, athlete_id: int, *, session: Session) -> None:
        """Nobody is there to be told."""


def notify_connected_job(listener: Listener, truth: Truth | None = None) -> Job:
    """The delivery of one notice; telling the predictor twice does no harm, and with `truth` it is told nothing stale.

    An outage costs no attempt, so it never ends in the dead letters; only refusals, which someone must repair, do.
    """
    return Job(NOTIFY_CONNECTED, _Delivery(listener, truth).run, retry_delays_s=NOTICE_LADDER_S, timeout_s=30)


class _Delivery:
    """Shared by all notices of a process: what one learns about the predictor holds for the others."""

    def __init__(self, listener: Listener, truth: Truth | None) -> None:
        self._listener = listener
        self._truth = truth
        self._outages = Outages()

    async def run(self, args: Mapping[str, Any]) -> None:
        notice = StravaConnected(telegram_id=args["telegram_id"], athlete_id=args["athlete_id"])
        if not await self._holds(notice):
            return
        try:
            await self._listener.connected(notice)
        except UpstreamUnavailable as outage:
            raise self._outages.snooze(outage) from outage
        self._outages.over()
        if self._truth is not None and not await self._holds(notice):
            await self._truth.take_back(notice.telegram_id, notice.athlete_id)

    async def _holds(self, notice: StravaConnected) -> bool:
        return self._truth is None or await self._truth.holds(notice.telegram_id, notice.athlete_id)
