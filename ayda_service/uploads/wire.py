"""Uploads as members see them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ayda_service.uploads.models import StravaUpload
from kernel.strava.uploads import UploadStatus


class UploadView(msgspec.Struct, frozen=True):
    """One upload. `retry_at` says when a pending one goes on, where that is known."""

    id: str
    activity_id: str
    status: UploadStatus
    retry_count: int
    error_message: str | None
    strava_activity_id: int | None
    retry_at: datetime | None
    created_at: datetime
    completed_at: datetime | None


class UploadList(msgspec.Struct, frozen=True):
    """Uploads, the newest first."""

    uploads: list[UploadView]


def on_wire(upload: StravaUpload) -> UploadView:
    """The upload as it is shown."""
    return UploadView(
        id=str(upload.id),
        activity_id=str(upload.activity_id),
        status=upload.status,
        retry_count=upload.retry_count,
        error_message=upload.error_message,
        strava_activity_id=upload.strava_activity_id,
        retry_at=upload.retry_at,
        created_at=upload.created_at,
        completed_at=upload.completed_at,
    )
