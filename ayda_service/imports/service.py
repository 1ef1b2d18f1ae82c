"""Taking in the histories that members send."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from ayda_service.activities.service import ActivityService
from ayda_service.budgets.service import DailyBudget
from ayda_service.errors import ErasedSince, ImportUnknown, RefusedByPredictor, id_in_path
from ayda_service.imports.jobs import Followed, follow_import
from ayda_service.members.service import Membership
from ayda_service.predictor.client import PredictorClient, asking
from ayda_service.settings import MemberBudgets
from kernel.contracts.activity import ActivityView, ImportState
from servicekit.data.database import Database
from servicekit.jobs import JobQueue
from servicekit.web.sent_files import Sent


class Forget(Protocol):
    """Has the predictor forget somebody, with the commit of a session."""

    def __call__(self, session: Session, person: str, athlete_id: int | None) -> None: ...


class ImportService:
    """Imports of members: their archives are the predictor's to read, and nothing of them stays here."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        predictor: PredictorClient | None,
        membership: Membership,
        activities: ActivityService,
        *,
        forget: Forget,
        budgets: MemberBudgets,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._queue = queue
        self._predictor = predictor
        self._membership = membership
        self.activities = activities
        self._forget = forget
        self._archives = DailyBudget(database, membership, "imports", budgets.imports_per_day, now=now)
        self._now = now

    async def add(self, telegram_id: int, vouched_at: datetime, sent: Sent, *, slot: str | None = None) -> ImportState:
        """Has an archive read, or stores a recording; the same file again is the same import.

        The member hears in the chat what came of an archive: in the message `slot`, which shows how far it is, or else
        once it is over. Raises PredictorNotConfigured, RefusedByPredictor, Busy, DailyLimit and ErasedSince; for a
        recording what `ActivityService.add` does.
        """
        if not sent.zipped:
            added = await self.activities.add(telegram_id, vouched_at, sent, None, "user_file")
            return _of_recording(added.activity, self._now(), new=added.status == "created")
        async with asking(self._predictor) as predictor, self._archives.spent(telegram_id, vouched_at):
            state = await predictor.add_import(str(telegram_id), sent.body)
            followed = Followed(telegram_id, state.id, slot, self._now())
            if not await self._database.write(lambda session: self._watched(session, followed, vouched_at, state)):
                raise ErasedSince
        return state

    async def show(self, telegram_id: int, import_id: str) -> ImportState:
        """How a member's import stands. Raises ImportUnknown, PredictorNotConfigured and RefusedByPredictor."""
        key = id_in_path(import_id, ImportUnknown)
        found = await self.activities.one(telegram_id, key)
        if found is not None:
            return _of_recording(*found, new=True)
        return await self._of_archive(telegram_id, key)

    async def _of_archive(self, telegram_id: int, key: UUID) -> ImportState:
        try:
            async with asking(self._predictor) as predictor:
                return await predictor.import_status(str(telegram_id), str(key))
        except RefusedByPredictor as refused:
            if refused.problem.code == "import_not_found":
                raise ImportUnknown from refused
            raise

    def _watched(self, session: Session, followed: Followed, vouched_at: datetime, state: ImportState) -> bool:
        """False for somebody who was erased while the archive was on its way: then it has to go, too."""
        if self._membership.erased_since(session, followed.telegram_id, vouched_at):
            self._forget(session, str(followed.telegram_id), None)
            return False
        if followed.slot is not None or state.status != "done":
            follow_import(self._queue, session, followed)
        return True


def _of_recording(activity: ActivityView, at: datetime, *, new: bool) -> ImportState:
    """A recording that was sent by itself, told as what it is: an import of one file that is over."""
    return ImportState(
        id=activity.id,
        status="done",
        files_total=1,
        files_read=1,
        added=int(new),
        duplicates=int(not new),
        dropped={},
        detail=None,
        created_at=at,
        finished_at=at,
    )
