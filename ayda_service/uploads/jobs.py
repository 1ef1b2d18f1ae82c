"""Uploads as jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ayda_service.uploads.run import RUN_S, UploadRun
from ayda_service.uploads.store import UploadStore
from kernel.retry import UPLOAD_LADDER_S
from kernel.strava.uploads import AT_ONCE
from servicekit.jobs import Job, JobQueue

UPLOAD: Final = "upload_to_strava"
ABANDONED: Final = "The upload was interrupted again and again, and was given up. Ask for it once more."


def upload_job(run: UploadRun) -> Job:
    """One upload; a process runs no more at once than all processes together may."""
    return Job(
        UPLOAD,
        run.run,
        retry_delays_s=UPLOAD_LADDER_S,
        concurrency=AT_ONCE,
        timeout_s=RUN_S + 60,
        on_dead=_abandon,
    )


async def _abandon(args: Mapping[str, Any], session: AsyncSession) -> None:
    """A try that failed has said so itself; this is for one whose workers died."""
    await UploadStore(session).abandon(UUID(args["upload_id"]), ABANDONED)


async def put_upload(queue: JobQueue, upload_id: UUID, *, session: AsyncSession) -> None:
    """Queues an upload with the commit of `session`, unless it waits already."""
    await queue.put(UPLOAD, {"upload_id": str(upload_id)}, unique=f"upload:{upload_id}", session=session)


async def put_failed_upload(queue: JobQueue, upload_id: UUID, *, session: AsyncSession) -> None:
    """The same for one that had been given up: it is a dead letter no more."""
    await queue.forget("upload_id", str(upload_id), session=session)
    await put_upload(queue, upload_id, session=session)
