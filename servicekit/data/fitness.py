"""Whether a database can serve: it is ours, it can be read and written, and there is room for more."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.errors import DomainError
from servicekit.data.database import Database
from servicekit.data.revisions import Revisions
from servicekit.data.trouble import DatabaseUnavailable, Trouble

LEAST_FREE_BYTES: Final = 32 * 1024 * 1024
_WORDS: Final[Mapping[Trouble, str]] = {
    "away": "The database does not answer.",
    "busy": "No thread or connection is free: units of work hang, or the database has no room for more.",
    "damaged": "The file is no database, or a damaged one.",
    "full": "The database's disk is full.",
    "locked": "Another process holds the database's lock.",
    "not_migrated": "The database lacks our tables.",
    "read_only": "The database can only be read.",
    "refused": "The database refuses our role, password or database name.",
    "too_slow": "The database takes too long.",
    "in_doubt": "The database does not answer.",
}


class DatabaseUnfit(DomainError):
    """Why it cannot serve."""


def in_words(trouble: DatabaseUnavailable) -> str:
    """What is wrong, for operators."""
    return _WORDS[trouble.kind]


class Fitness:
    """The questions to one database."""

    def __init__(self, database: Database, revisions: Revisions) -> None:
        self._database = database
        self._revisions = revisions

    async def check(self) -> None:
        """Raises DatabaseUnfit, or WrongRevision."""
        try:
            await self._database.read(self._read)
            if self._database.dialect == "sqlite":
                await self._database.write(_write)
        except DatabaseUnavailable as trouble:
            raise DatabaseUnfit(in_words(trouble)) from trouble
        if self._database.folder is not None:
            check_room(self._database.folder)

    def _read(self, session: Session) -> None:
        self._revisions.check(session)
        if session.get_bind().dialect.name == "postgresql":
            shut = text("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean")
            if session.execute(shut).scalar_one():
                raise DatabaseUnavailable("read_only")


def _write(session: Session) -> None:
    """Writes a page, as it was: that needs the lock and room on the disk, and changes nothing."""
    version = session.execute(text("PRAGMA user_version")).scalar_one()
    session.execute(text(f"PRAGMA user_version = {int(version)}"))


def check_room(folder: Path) -> None:
    """Raises DatabaseUnfit when the disk of this folder, which may yet have to be made, is as good as full."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE_BYTES:
        raise DatabaseUnfit(f"The disk is full: {free // 2**20} MiB are left.")
