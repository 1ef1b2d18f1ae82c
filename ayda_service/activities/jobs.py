"""Sealing the files that were stored before files were sealed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from ayda_service.activities.store import ActivityStore
from servicekit.base.file_seals import FileSeals
from servicekit.data.database import Database
from servicekit.jobs import Job

SEAL_FILES: Final = "seal_files"
_EVERY_S: Final = 86_400.0
_AT_ONCE: Final = 4
"""Files of one transaction: each may have 50 MiB, and others write in between."""


def seal_files_job(database: Database, seals: FileSeals) -> Job:
    """Seals older files while everything runs; killed at any moment, the next run goes on where it was.

    Files are read sealed or not, so nobody waits for it.
    """

    async def run(_args: Mapping[str, Any]) -> None:
        done = 0
        while count := await database.write(partial(_seal_some, seals)):
            done += count
        if done:
            await database.forget_deleted()
            structlog.get_logger(__name__).info("files_sealed", files=done)

    return Job(SEAL_FILES, run, every_s=_EVERY_S)


def _seal_some(seals: FileSeals, session: Session) -> int:
    store = ActivityStore(session)
    older = store.unsealed(_AT_ONCE)
    for activity, content in older:
        key = seals.new_key()
        sealed = seals.seal(content, key)
        activity.file_key_sealed = seals.seal_key(key, subject=activity.file_subject)
        activity.file_bytes = len(sealed)
        store.replace_file(activity.id, sealed)
    return len(older)
