"""Uploads that were given up after all their tries, and how they get another chance."""

from __future__ import annotations

from uuid import UUID

from ayda_service.uploads.jobs import UPLOAD
from ayda_service.uploads.store import UploadStore
from servicekit.data.database import Database
from servicekit.jobs import DeadJob, JobQueue

_ALL = 1_000_000


class DeadUploads:
    """The dead letters of one ayda."""

    def __init__(self, database: Database, queue: JobQueue) -> None:
        self._database = database
        self._queue = queue

    async def all(self) -> list[DeadJob]:
        """The dead uploads, the last to die first."""
        return [job for job in await self._queue.dead(_ALL) if job.name == UPLOAD]

    async def replay(self, job: DeadJob) -> bool:
        """Gives an upload all its tries again; False when it is no longer dead."""
        if not await self._queue.replay(job.id):
            return False
        async with self._database.transaction() as session:
            await UploadStore(session).restart(UUID(job.args["upload_id"]))
        return True
