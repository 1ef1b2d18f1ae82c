"""The jobs that events lead to: how they are put, what finds the lost ones, and the events that were given up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from ayda_service.webhooks.models import WebhookEvent
from ayda_service.webhooks.store import InboxStore
from servicekit.data.database import Database
from servicekit.jobs import Job, JobQueue

FORWARD: Final = "forward_events"
CHECK_CONSENT: Final = "check_consent"
SOON: Final = 5
TIDY_EVERY_S: Final = 60.0
LEFT_BEHIND: Final = timedelta(minutes=1)
"""Longer than any event waits whose job is alive and whose predictor answers."""
SETTLED_KEPT: Final = timedelta(days=7)
DEAD_KEPT: Final = timedelta(days=30)


def work_on(queue: JobQueue, session: Session, owner_id: int, *, about_athlete: bool) -> None:
    """Has an athlete's events looked at; at most one job of a kind waits for each, however many events there are."""
    name = CHECK_CONSENT if about_athlete else FORWARD
    queue.add(session, name, {"owner_id": owner_id}, priority=SOON, unique=f"{name}:{owner_id}")


def tidying_job(database: Database, queue: JobQueue, *, now: Callable[[], datetime]) -> Job:
    """Finds events whose job was lost, and forgets old ones, once a minute."""

    def tidy(session: Session) -> None:
        store = InboxStore(session)
        for owner_id, about_athlete in store.left_behind(now() - LEFT_BEHIND, 500):
            work_on(queue, session, owner_id, about_athlete=about_athlete)
        store.purge(settled_before=now() - SETTLED_KEPT, dead_before=now() - DEAD_KEPT)

    return Job("tidy_webhooks", lambda _args: database.write(tidy), every_s=TIDY_EVERY_S)


class DeadLetters:
    """The events of one database that were given up, and how they get another chance."""

    def __init__(self, database: Database, queue: JobQueue) -> None:
        self._database = database
        self._queue = queue

    async def all(self, limit: int = 1000) -> list[WebhookEvent]:
        """Newest first."""
        return await self._database.read(lambda session: InboxStore(session).dead(limit))

    async def replay(self, event_ids: Sequence[UUID] | None) -> int:
        """How many of these, or of all with None, wait again; whoever runs the service's jobs takes them up."""
        return await self._database.write(lambda session: self._revive(session, event_ids))

    def _revive(self, session: Session, event_ids: Sequence[UUID] | None) -> int:
        revived = InboxStore(session).revive(event_ids)
        for owner_id, about_athlete in set(revived):
            work_on(self._queue, session, owner_id, about_athlete=about_athlete)
        return len(revived)
