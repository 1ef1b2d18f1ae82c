"""Archives that members send, and a predictor that reads them as it is told."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import httpx

from servicekit.jobs import Snooze
from tests.ayda.activities.support import recording
from tests.ayda.strava.test_revocations import arguments
from tests.ayda.support import MEMBER, Ayda, FakePredictor

IMPORTS = "/api/v1/internal/imports"
IMPORT_ID = "018f6b2a-0000-7000-8000-0000000000aa"


def archive(files: Mapping[str, bytes] | None = None) -> bytes:
    """A ZIP of recordings."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name, content in (files or {"1.gpx": recording(1)}).items():
            made.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def import_state(**changes: Any) -> dict[str, Any]:
    """How an import stands, as the predictor tells it."""
    queued = {"status": "queued", "files_total": 0, "files_read": 0, "added": 0, "duplicates": 0, "dropped": {}}
    times = {"detail": None, "created_at": "2026-06-01T12:00:00Z", "finished_at": None}
    return {"id": IMPORT_ID, **queued, **times, **changes}


def stands(predictor: FakePredictor, **changes: Any) -> None:
    """From now on the import stands like this."""
    predictor.answers["POST", IMPORTS] = (202, import_state())
    predictor.answers["GET", f"{IMPORTS}/{IMPORT_ID}"] = (200, import_state(**changes))


def is_read(predictor: FakePredictor, **changes: Any) -> None:
    """It is over."""
    over = {"status": "done", "files_total": 8, "files_read": 8, "finished_at": "2026-06-01T12:00:20Z"}
    stands(predictor, **{**over, **changes})


async def send(ayda: Ayda, content: bytes, telegram_id: int = MEMBER) -> httpx.Response:
    """As a form, in which a browser sends it."""
    form = {"file": ("export.zip", content, "application/zip")}
    return await ayda.http.post("/api/v1/imports", files=form, headers=ayda.as_member(telegram_id))


async def show(ayda: Ayda, import_id: str = IMPORT_ID, telegram_id: int = MEMBER) -> httpx.Response:
    return await ayda.http.get(f"/api/v1/imports/{import_id}", headers=ayda.as_member(telegram_id))


async def look(ayda: Ayda) -> float | None:
    """What the worker does with the next look at an import, and in how many seconds it looks again."""
    parts = ayda.app.litestar.state["parts"]
    [job] = [job for job in parts.jobs if job.name == "follow_import"]
    [args] = await arguments(ayda, "follow_import")
    try:
        await job.run(args)
    except Snooze as snoozed:
        return snoozed.delay_s
    return None
