"""How the import of an athlete's history stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

ImportStatus = Literal["queued", "running", "done", "failed"]


class ImportState(msgspec.Struct, frozen=True):
    """One import. `added` and `duplicates` are activities, `dropped` counts files left out, by code (docs/files.md)."""

    id: str
    status: ImportStatus
    files_total: int
    files_read: int
    added: int
    duplicates: int
    dropped: Mapping[str, int]
    detail: str | None
    created_at: datetime
    finished_at: datetime | None
