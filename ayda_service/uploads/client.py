"""Strava's uploads, in a member's name: calls that raise what `StravaClient.ask` does, and repeat nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from kernel.strava.quota import Priority
from servicekit.strava.access import Access
from servicekit.strava.answers import decoded
from servicekit.strava.client import StravaClient

SEND_TIMEOUT_S: Final = 60.0
_UPLOAD: Final = "an upload"

StravaId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class UploadAnswer(msgspec.Struct, frozen=True):
    """What Strava says about an upload; `kernel.strava.uploads.judge` understands it."""

    id: StravaId
    error: str | None = None
    status: str | None = None
    activity_id: StravaId | None = None


async def send(strava: StravaClient, access: Access, packed: bytes, form: Mapping[str, str]) -> UploadAnswer:
    """Sends a file; each sending is counted by who sends. Strava calls the same `external_id` again a duplicate."""
    answer = await strava.ask(
        access,
        "POST",
        "/uploads",
        priority=Priority.WEBHOOK,
        kind="upload",
        repeat=False,
        files={"file": (form["external_id"], packed, "application/octet-stream")},
        form=form,
        timeout_s=SEND_TIMEOUT_S,
    )
    return decoded(answer, UploadAnswer, _UPLOAD)


async def poll(strava: StravaClient, access: Access, upload_id: int) -> UploadAnswer:
    """What has become of a file that was sent."""
    path = f"/uploads/{upload_id}"
    answer = await strava.ask(access, "GET", path, priority=Priority.WEBHOOK, repeat=False)
    return decoded(answer, UploadAnswer, _UPLOAD)
