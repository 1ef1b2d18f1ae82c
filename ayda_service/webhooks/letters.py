"""Dead letters: events that were given up, shown and given another chance by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ayda_service.webhooks.queueing import WebhookJobs
from ayda_service.webhooks.store import InboxStore
from servicekit.data.database import Database


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One event, and why it was given up."""

    id: str
    received_at: datetime
    owner_id: int
    object_type: str
    object_id: int
    aspect_type: str
    tries: int
    error: str


class DeadLetters:
    """The dead letters of one database."""

    def __init__(self, database: Database, jobs: WebhookJobs) -> None:
        self._database = database
        self._jobs = jobs

    async def all(self, limit: int = 1000) -> list[DeadLetter]:
        """Newest first."""
        async with self._database.reading() as session:
            rows = await InboxStore(session).dead(limit)
        return [
            DeadLetter(
                str(row.id),
                row.received_at,
                row.owner_id,
                row.object_type,
                row.object_id,
                row.aspect_type,
                row.tries,
                row.error or "",
            )
            for row in rows
        ]

    async def replay(self, event_ids: Sequence[UUID] | None) -> int:
        """How many of these, or of all with None, wait again; whoever runs the service's jobs takes them up."""
        async with self._database.transaction() as session:
            revived = await InboxStore(session).revive(event_ids)
            for owner_id, about_athlete in set(revived):
                await self._jobs.work_on(owner_id, about_athlete=about_athlete, session=session)
        return len(revived)
