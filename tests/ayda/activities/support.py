"""Recordings that differ, and how they are sent and looked at."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import httpx
from sqlalchemy import select

from ayda_service.activities.models import Activity, ActivityFile
from tests.ayda.support import MEMBER, Ayda
from tests.trackfiles.malformed.writers import gpx_of
from tests.trackfiles.outings import outing

BASE = gpx_of(outing())


def recording(number: int) -> bytes:
    """A recording of its own."""
    return BASE + f"<!-- {number} -->".encode()


async def send(ayda: Ayda, number: int = 0, telegram_id: int = MEMBER) -> httpx.Response:
    headers = ayda.as_member(telegram_id, **{"Content-Type": "application/octet-stream"})
    return await ayda.http.post("/api/v1/activities", content=recording(number), headers=headers)


async def delete(ayda: Ayda, activity_id: str, telegram_id: int = MEMBER) -> httpx.Response:
    return await ayda.http.delete(f"/api/v1/activities/{activity_id}", headers=ayda.as_member(telegram_id))


def files(ayda: Ayda) -> list[tuple[Activity, bytes]]:
    """Every activity and its file as it lies in the database."""
    found = select(Activity, ActivityFile.packed).join(ActivityFile, ActivityFile.activity_id == Activity.id)
    with database(ayda).reading() as session:
        return [(row[0], row[1]) for row in session.execute(found.order_by(Activity.id))]


def database(ayda: Ayda) -> Any:
    return ayda.app.litestar.state["parts"].database


def gunzipped(shown: str) -> bytes:
    """The file in an export."""
    return gzip.decompress(base64.b64decode(shown))
