"""Having the predictor learn of the outings that members send: each once, however long it is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from ayda_service.activities.models import Activity
from ayda_service.activities.service import file_as_sent
from ayda_service.activities.store import ActivityStore
from ayda_service.errors import RefusedByPredictor
from ayda_service.members.store import MemberStore
from ayda_service.predictor.client import PredictorClient, asking
from kernel.contracts.activity import Provenance
from kernel.retry import NOTICE_LADDER_S
from servicekit.base.file_seals import FileSeals
from servicekit.data.database import Database
from servicekit.http.errors import UpstreamUnavailable
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.outages import Outages
from servicekit.web.turns import Busy

LEARN: Final = "learn_activity"
_TIMEOUT_S: Final = 120.0


def offer_to_learn(queue: JobQueue, session: Session, telegram_id: int, activity: Activity) -> None:
    """Has an activity learned from, with the commit of `session`."""
    args = {"telegram_id": telegram_id, "member_id": str(activity.member_id), "activity_id": str(activity.id)}
    queue.add(session, LEARN, args, unique=f"{LEARN}:{activity.id}")


class Learning:
    """Sends activities on. One that was sent before is the same one there, so that a job may run again."""

    def __init__(
        self,
        database: Database,
        seals: FileSeals,
        predictor: PredictorClient,
        forget: Callable[[Session, str, None], None],
    ) -> None:
        """`forget` has the predictor forget somebody, with the commit of a session."""
        self._database = database
        self._seals = seals
        self._predictor = predictor
        self._forget = forget
        self._away = Outages(UpstreamUnavailable, "predictor_unavailable")
        self._busy = Outages(Busy, "predictor_busy")

    def job(self) -> Job:
        """The sending of one activity. A file may have 50 MiB, so one is held at a time."""
        return Job(LEARN, self.run, retry_delays_s=NOTICE_LADDER_S, timeout_s=_TIMEOUT_S, concurrency=1)

    async def run(self, args: Mapping[str, Any]) -> None:
        """Sends the activity, if it is still there. Raises Snooze while the predictor is away."""
        activity_id = UUID(args["activity_id"])
        found = await self._database.read(lambda session: ActivityStore(session).with_file(activity_id))
        if found is None:
            return
        activity, stored = found
        recording = await asyncio.to_thread(file_as_sent, self._seals, activity, stored)
        with self._away.waited_out(), self._busy.waited_out():
            await self._send(str(args["telegram_id"]), recording, activity)
        await self._database.write(partial(self._take_back_if_gone, args["telegram_id"], UUID(args["member_id"])))

    async def _send(self, telegram_id: str, recording: bytes, activity: Activity) -> None:
        try:
            async with asking(self._predictor) as predictor:
                await predictor.add_activity(telegram_id, recording, activity.sport, _origin(activity.provenance))
        except RefusedByPredictor as refused:
            # no later try would end otherwise, and the member has been told what their file lacks when they sent it
            structlog.get_logger(__name__).info("activity_not_learned", code=refused.problem.code)

    def _take_back_if_gone(self, telegram_id: int, member_id: UUID, session: Session) -> None:
        """Whoever was erased while their activity was on its way is erased there once more."""
        if not MemberStore(session).is_there(member_id):
            self._forget(session, str(telegram_id), None)


def _origin(provenance: Provenance) -> Literal["user_file", "telegram_upload"]:
    """A file that somebody took from Strava themselves is theirs, as the export of their account is."""
    return "telegram_upload" if provenance == "telegram_upload" else "user_file"
