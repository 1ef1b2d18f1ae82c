"""Uploads: accepted at once, processed a moment later, ready, duplicate or malformed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from simulators.strava.application.switches import Switches
from simulators.strava.store import Drawer, Store
from simulators.strava.world.files import FileActivity, UnreadableFile, read_activity

_FIRST_ID = 17_000_000_001


@dataclass
class Upload:
    """One uploaded file. Its answer depends on the time since it was sent and on what became of its activity."""

    id: int
    athlete_id: int
    data_type: str
    external_id: str
    ready_at_s: float
    content_hash: str
    activity_id: int | None = None
    error: str | None = None
    processed: bool = False

    def body(self, *, deleted: bool) -> dict[str, Any]:
        status = "Your activity is still being processed."
        if self.error:
            status = "There was an error processing your activity."
        elif self.processed:
            status = "The created activity has been deleted." if deleted else "Your activity is ready."
        return {
            "id": self.id,
            "id_str": str(self.id),
            "external_id": self.external_id if self.processed else None,
            "error": self.error,
            "status": status,
            "activity_id": None if deleted else self.activity_id,
        }


class Uploads:
    """The uploads of the simulation; `make_activity` is called once for each file that becomes an activity."""

    def __init__(
        self, switches: Switches, store: Store, make_activity: Callable[[Upload, FileActivity, dict[str, str]], int]
    ) -> None:
        self._switches = switches
        self._make_activity = make_activity
        self._uploads = Drawer[int, Upload](store, "upload", Upload)
        self._waiting = Drawer[int, tuple[bytes, dict[str, str]]](store, "upload_file", tuple[bytes, dict[str, str]])

    def accept(self, athlete_id: int, content: bytes, form: dict[str, str], now_s: float) -> Upload:
        upload_id = _FIRST_ID + len(self._uploads)
        upload = Upload(
            id=upload_id,
            athlete_id=athlete_id,
            data_type=form["data_type"],
            external_id=form.get("external_id") or f"upload_{upload_id}.{form['data_type']}",
            ready_at_s=now_s + self._switches.upload_processing_s,
            content_hash=hashlib.sha256(content).hexdigest(),
        )
        self._uploads[upload_id] = upload
        self._waiting[upload_id] = (content, form)
        return upload

    def find(self, upload_id: int, athlete_id: int) -> Upload | None:
        upload = self._uploads.get(upload_id)
        return upload if upload is not None and upload.athlete_id == athlete_id else None

    def next_due_s(self) -> float | None:
        """When the next upload is to be processed."""
        return min((self._uploads[number].ready_at_s for number in self._waiting), default=None)

    def settle(self, now_s: float, exists: Callable[[int], bool]) -> None:
        """Process everything whose time has come, in the order it was sent."""
        for upload_id in [i for i in self._waiting if self._uploads[i].ready_at_s <= now_s]:
            upload, (content, form) = self._uploads[upload_id], self._waiting.pop(upload_id)
            upload.processed = True
            twin = next(filter(exists, self._twins_of(upload)), None)
            try:
                if twin is not None:
                    upload.error = self._duplicate_text(upload, twin)
                else:
                    upload.activity_id = self._make_activity(upload, read_activity(content, upload.data_type), form)
            except UnreadableFile as unreadable:
                upload.error = str(unreadable)
            self._uploads[upload_id] = upload

    def _twins_of(self, upload: Upload) -> Iterator[int]:
        """Activities made of the same file or under the same external id."""
        for other in self._uploads.values():
            same = other.content_hash == upload.content_hash or other.external_id == upload.external_id
            if same and other.athlete_id == upload.athlete_id and other.activity_id is not None:
                yield other.activity_id

    def _duplicate_text(self, upload: Upload, twin: int) -> str:
        if self._switches.link_in_duplicate_text:
            return f"{upload.external_id} duplicate of <a href='/activities/{twin}' target='_blank'>Run</a>"
        return f"{upload.external_id} duplicate of activity {twin}"
