"""Background shells of imports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from predictor_service.imports.importer import Importer
from predictor_service.imports.incoming import Inbox
from predictor_service.imports.service import IMPORT_HISTORY
from predictor_service.imports.store import ImportStore
from servicekit.data.database import Database
from servicekit.jobs import Job

TIMEOUT_S: Final = 3600.0
RETRY_S: Final = (60.0, 600.0)
KEPT: Final = timedelta(days=7)
UNCOMMITTED: Final = timedelta(hours=1)
"""An archive may lie there for so long before its import is committed."""
SWEEP_EVERY_S: Final = 6 * 3600.0
ABANDONED: Final = "Reading the archive was interrupted again and again, and was given up. Send it once more."


def import_jobs(importer: Importer, inbox: Inbox, database: Database, now: Callable[[], datetime]) -> list[Job]:
    """Reads archives, one at a time in each process, and clears away those that were left."""

    async def import_history(args: Mapping[str, Any]) -> None:
        await importer.run(UUID(args["import_id"]))

    async def sweep_imports(_args: Mapping[str, Any]) -> None:
        await asyncio.to_thread(inbox.sweep, (now() - KEPT).timestamp())
        # a process that was killed right after an erasure, or before an import was committed, left these
        kept = await asyncio.to_thread(inbox.kept, (now() - UNCOMMITTED).timestamp())
        known = await database.read(lambda session: ImportStore(session).known(kept))
        await asyncio.to_thread(inbox.drop, set(kept) - known)

    def abandon(args: Mapping[str, Any], session: Session) -> None:
        ImportStore(session).abandon(UUID(args["import_id"]), ABANDONED, now())

    return [
        Job(
            IMPORT_HISTORY,
            import_history,
            retry_delays_s=RETRY_S,
            concurrency=1,
            timeout_s=TIMEOUT_S,
            on_dead=abandon,
        ),
        Job("sweep_imports", sweep_imports, every_s=SWEEP_EVERY_S),
    ]
