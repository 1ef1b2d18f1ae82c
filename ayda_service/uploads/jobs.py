"""The jobs of uploads: how they are put, and those that were given up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from ayda_service.uploads.store import UploadStore
from servicekit.data.database import Database
from servicekit.jobs import DeadJob, JobQueue

UPLOAD: Final = "upload_to_strava"
ABANDONED: Final = "The upload was interrupted again and again, and was given up. Ask for it once more."


def abandon_upload(args: Mapping[str, Any], session: Session) -> None:
    """A try that failed has said so itself; this is for one whose workers died."""
    UploadStore(session).abandon(UUID(args["upload_id"]), ABANDONED)


def add_upload(queue: JobQueue, session: Session, upload_id: UUID) -> None:
    """Queues an upload with the commit of `session`, unless it waits already."""
    queue.add(session, UPLOAD, {"upload_id": str(upload_id)}, unique=f"upload:{upload_id}")


def add_failed_upload(queue: JobQueue, session: Session, upload_id: UUID) -> None:
    """The same for one that had been given up: it is a dead letter no more."""
    queue.forget(session, "upload_id", str(upload_id))
    add_upload(queue, session, upload_id)


async def replay_upload(database: Database, queue: JobQueue, job: DeadJob) -> bool:
    """Gives an upload all its tries again; False when it is no longer dead."""
    if not await queue.replay(job.id):
        return False
    await database.write(lambda session: UploadStore(session).restart(UUID(job.args["upload_id"])))
    return True
