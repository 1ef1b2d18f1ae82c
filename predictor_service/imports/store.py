"""SQL about imports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from predictor_service.imports.models import ImportRow
from servicekit.data.rows import PlainRows


class ImportStore(PlainRows[ImportRow]):
    """Imports inside the caller's transaction."""

    model_type = ImportRow

    def ids_of(self, athlete_ids: Sequence[UUID]) -> list[UUID]:
        """The imports of these athletes."""
        theirs = select(ImportRow.id).where(ImportRow.athlete_id.in_(athlete_ids))
        return list(self.session.scalars(theirs))

    def known(self, import_ids: Sequence[UUID]) -> set[UUID]:
        """Those of these imports that there are."""
        return set(self.session.scalars(select(ImportRow.id).where(ImportRow.id.in_(import_ids))))

    def abandon(self, import_id: UUID, sentence: str, now: datetime) -> None:
        """Gives up an import that is not over and whose worker will not come back."""
        unfinished = update(ImportRow).where(ImportRow.id == import_id, ImportRow.status.in_(("queued", "running")))
        self.session.execute(unfinished.values(status="failed", detail=sentence, finished_at=now))

    def show(self, import_id: UUID, **values: Any) -> None:
        """Writes how far it is."""
        self.session.execute(update(ImportRow).where(ImportRow.id == import_id).values(**values))
