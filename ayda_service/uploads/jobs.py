"""Uploads as jobs."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ayda_service.uploads.run import RUN_S, UploadRun
from kernel.retry import UPLOAD_LADDER_S
from kernel.strava.uploads import AT_ONCE
from servicekit.jobs import Job, JobQueue

UPLOAD: Final = "upload_to_strava"


def upload_job(run: UploadRun) -> Job:
    """One upload; a process runs no more at once than all processes together may."""
    return Job(UPLOAD, run.run, retry_delays_s=UPLOAD_LADDER_S, concurrency=AT_ONCE, timeout_s=RUN_S + 60)


async def put_upload(queue: JobQueue, upload_id: UUID, *, session: AsyncSession) -> None:
    """Queues an upload with the commit of `session`, unless it waits already."""
    await queue.put(UPLOAD, {"upload_id": str(upload_id)}, unique=f"upload:{upload_id}", session=session)
