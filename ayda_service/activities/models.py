"""The tables of activities and their files."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Float, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base
from kernel.contracts.activity import Provenance, SportTag
from servicekit.data.columns import UtcDateTime

FILE_KEY: Final = "activity_file_key"
"""What the keys of files are sealed for in the vault."""
_UNSEALED = text("file_key_sealed IS NULL")


class Activity(Base):
    """One activity of one member."""

    __tablename__ = "activity"
    __table_args__ = (
        UniqueConstraint("member_id", "content_hash"),
        Index(None, "member_id", "started_at"),
        Index("ix_activity_unsealed", "id", sqlite_where=_UNSEALED, postgresql_where=_UNSEALED),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    content_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the unpacked file: the same file, gzipped or not, is one activity."""
    provenance: Mapped[Provenance] = mapped_column(String(20))
    format: Mapped[str] = mapped_column(String(3))
    """`fit`, `gpx` or `tcx`."""
    sport: Mapped[SportTag] = mapped_column(String(12))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    distance_m: Mapped[float] = mapped_column(Float)
    moving_time_s: Mapped[float] = mapped_column(Float)
    elapsed_time_s: Mapped[float] = mapped_column(Float)
    gain_m: Mapped[float] = mapped_column(Float)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    file_bytes: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """What the stored file takes."""
    file_key_sealed: Mapped[str | None] = mapped_column(Text)
    """The key of the file under the vault's; null while an older file lies there as it came."""

    @property
    def file_subject(self) -> str:
        """Whose and which file it is: what its key is bound to."""
        return f"{self.member_id}:{self.id}"


class ActivityFile(Base):
    """The file of an activity, gzipped and sealed; apart from it, so that lists stay light."""

    __tablename__ = "activity_file"

    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True)
    packed: Mapped[bytes] = mapped_column(LargeBinary)
