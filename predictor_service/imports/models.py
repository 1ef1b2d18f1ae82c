"""The import's row."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.contracts.activity import ImportStatus, SportTag
from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime, uuid7

ARCHIVE_KEY: Final = "import_archive_key"
"""What the keys of archives are sealed for in the vault."""
_LIES: Final = text("size_bytes > 0")


class ImportRow(Base):
    """One archive of one athlete. The archive itself is a file, and is deleted once it was read."""

    __tablename__ = "history_import"
    __table_args__ = (
        UniqueConstraint("athlete_id", "digest"),
        Index("ix_history_import_lying", "id", sqlite_where=_LIES, postgresql_where=_LIES),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7)
    athlete_id: Mapped[UUID] = mapped_column(ForeignKey("athlete.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the archive."""
    sport: Mapped[SportTag | None] = mapped_column(String(12))
    """Taken where neither the export's table nor the file names one."""
    status: Mapped[ImportStatus] = mapped_column(String(12))
    files_total: Mapped[int] = mapped_column(default=0)
    files_read: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    duplicates: Mapped[int] = mapped_column(default=0)
    dropped: Mapped[str] = mapped_column(Text, default="{}")
    """Files left out, counted by code, as JSON text."""
    detail: Mapped[str | None] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """What its archive takes on disk; 0 once it is gone."""
    key_sealed: Mapped[str | None] = mapped_column(Text)
    """The key of its archive under the vault's; null for one that lies there as it came."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def archive_subject(self) -> str:
        """Whose and which archive it is: what its key is bound to."""
        return f"{self.athlete_id}:{self.id}"
