"""Telling ayda that an outing was compared: the member hears of it in the chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.accuracy import NewsTaken, OutingCompared
from kernel.retry import NOTICE_LADDER_S
from predictor_service.accuracy.report import compared_outing
from servicekit.data.database import Database
from servicekit.http.errors import UpstreamUnavailable
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.outages import Outages

TELL_COMPARED: Final = "tell_compared"


class Listener(Protocol):
    """Whoever reaches the members."""

    async def compared(self, news: OutingCompared) -> NewsTaken:
        """Takes the news; the same again is no news."""
        ...


def telling(queue: JobQueue) -> Callable[[Session, UUID, UUID], None]:
    """What has a comparison told of with the commit of a session."""

    def tell(session: Session, athlete_id: UUID, prediction_id: UUID) -> None:
        named = {"athlete_id": str(athlete_id), "prediction_id": str(prediction_id)}
        queue.add(session, TELL_COMPARED, named, unique=f"{TELL_COMPARED}:{prediction_id}")

    return tell


def telling_job(database: Database, listener: Listener) -> Job:
    """The delivery of one piece of news; what was taken back or erased meanwhile is told no more."""
    outages = Outages(UpstreamUnavailable, "ayda_unavailable")

    async def run(args: Mapping[str, Any]) -> None:
        prediction_id = UUID(args["prediction_id"])
        found = await database.read(lambda session: compared_outing(session, prediction_id))
        if found is not None:
            with outages.waited_out():
                await listener.compared(OutingCompared(*found))

    return Job(TELL_COMPARED, run, retry_delays_s=NOTICE_LADDER_S, timeout_s=30)
