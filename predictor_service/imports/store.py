"""SQL about imports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, literal_column, select, update

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

    def waiting(self, athlete_id: UUID, *, but: UUID | None) -> tuple[int, int]:
        """How many archives of the athlete lie on disk, and their bytes, but for that of one import."""
        lying = select(func.count(), func.coalesce(func.sum(ImportRow.size_bytes), 0))
        lying = lying.where(ImportRow.athlete_id == athlete_id, ImportRow.size_bytes > 0)
        if but is not None:
            lying = lying.where(ImportRow.id != but)
        archives, size_bytes = self.session.execute(lying).one()
        return int(archives), int(size_bytes)

    def with_archives(self) -> list[UUID]:
        """The imports that are said to have an archive on disk."""
        # a bound value is not known to be what the index of those is about
        lying = ImportRow.size_bytes > literal_column("0")
        return list(self.session.scalars(select(ImportRow.id).where(lying)))

    def without_archives(self, import_ids: Sequence[UUID]) -> None:
        """Writes down that the archives of these imports are gone."""
        gone = update(ImportRow).where(ImportRow.id.in_(import_ids))
        self.session.execute(gone.values(size_bytes=0, key_sealed=None))

    def trim(self, athlete_id: UUID, most: int) -> None:
        """Forgets the athlete's oldest imports that are over and have no archive."""
        mine = select(ImportRow.id).where(ImportRow.athlete_id == athlete_id, ImportRow.size_bytes == 0)
        over = mine.where(ImportRow.status.in_(("done", "failed"))).order_by(ImportRow.created_at.desc())
        self.session.execute(delete(ImportRow).where(ImportRow.id.in_(over.offset(most))))

    def abandon(self, import_id: UUID, sentence: str, now: datetime) -> None:
        """Gives up an import that is not over and whose worker will not come back."""
        unfinished = update(ImportRow).where(ImportRow.id == import_id, ImportRow.status.in_(("queued", "running")))
        self.session.execute(unfinished.values(status="failed", detail=sentence, finished_at=now))

    def show(self, import_id: UUID, **values: Any) -> None:
        """Writes how far it is."""
        self.session.execute(update(ImportRow).where(ImportRow.id == import_id).values(**values))
