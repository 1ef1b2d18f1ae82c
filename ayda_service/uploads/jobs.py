"""The jobs of uploads: how they are put, and those that were given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from ayda_service.members.jobs import tell_member
from ayda_service.members.notices import UploadGivenUp
from ayda_service.uploads.store import UploadStore
from servicekit.data.database import Database
from servicekit.jobs import DeadJob, JobQueue

UPLOAD: Final = "upload_to_strava"
ABANDONED: Final = "The upload was interrupted again and again, and was given up. Ask for it once more."
GivenUp: TypeAlias = Callable[[Session, UUID, int], None]
"""Told of an upload, and of its try, that is not tried again by itself."""


def tell_given_up(queue: JobQueue, session: Session, upload_id: UUID, fence: int) -> None:
    """Has the member told that an upload was given up; `fence` tells this end from one before."""
    found = UploadStore(session).outing_of(upload_id)
    if found is not None:
        telegram_id, activity = found
        notice = UploadGivenUp(activity.started_at, activity.distance_m)
        tell_member(queue, session, telegram_id, notice, key=f"upload_given_up-{upload_id}-{fence}")


def abandon_upload(on_given_up: GivenUp) -> Callable[[Mapping[str, Any], Session], None]:
    """A try that failed has said so itself; this is for one whose workers died."""
    return partial(_abandon, on_given_up)


def _abandon(on_given_up: GivenUp, args: Mapping[str, Any], session: Session) -> None:
    upload_id = UUID(args["upload_id"])
    fence = UploadStore(session).abandon(upload_id, ABANDONED)
    if fence is not None:
        on_given_up(session, upload_id, fence)


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
