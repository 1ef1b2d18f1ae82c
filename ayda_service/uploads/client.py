"""Strava's uploads, in a member's name."""

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


class StravaUploads:
    """Calls that raise what `StravaClient.ask` does, and repeat nothing: each sending is counted by who sends."""

    def __init__(self, strava: StravaClient) -> None:
        self._strava = strava

    def check(self) -> None:
        """Raises NotNow while there is no use in asking."""
        self._strava.check()

    async def ready(self, access: Access) -> None:
        """Returns when Strava may be asked; see `StravaClient.ready`."""
        await self._strava.ready(access)

    async def send(self, access: Access, packed: bytes, form: Mapping[str, str]) -> UploadAnswer:
        """Sends a file. Strava knows the same `external_id` again and calls it a duplicate."""
        file = {"file": (form["external_id"], packed, "application/octet-stream")}
        answer = await self._strava.ask(
            access,
            "POST",
            "/uploads",
            priority=Priority.WEBHOOK,
            kind="upload",
            repeat=False,
            files=file,
            form=form,
            timeout_s=SEND_TIMEOUT_S,
        )
        return decoded(answer, UploadAnswer, _UPLOAD)

    async def poll(self, access: Access, upload_id: int) -> UploadAnswer:
        """What has become of a file that was sent."""
        path = f"/uploads/{upload_id}"
        answer = await self._strava.ask(access, "GET", path, priority=Priority.WEBHOOK, repeat=False)
        return decoded(answer, UploadAnswer, _UPLOAD)
