"""The tables of uploads to Strava."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base
from kernel.strava.uploads import UploadStatus
from servicekit.data.columns import UtcDateTime


class StravaUpload(Base):
    """The upload of one activity, which has at most one."""

    __tablename__ = "strava_upload"
    __table_args__ = (
        Index(None, "member_id", "created_at"),
        Index(None, "created_at"),
        Index(None, "status", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), unique=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    status: Mapped[UploadStatus] = mapped_column(String(12))
    retry_count: Mapped[int] = mapped_column(Integer)
    error_message: Mapped[str | None] = mapped_column(Text)
    strava_upload_id: Mapped[int | None] = mapped_column(BigInteger)
    """Stored before Strava is asked what became of the file."""
    strava_activity_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    sent: Mapped[int] = mapped_column(Integer)
    """How often the file was sent, counted before sending."""
    fence: Mapped[int] = mapped_column(Integer)
    """Grows with each try; a worker of an earlier one writes nothing any more."""
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UploadSlot(Base):
    """The right to be one of the uploads under way. A slot whose holder died is free again at `held_until`."""

    __tablename__ = "strava_upload_slot"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    upload_id: Mapped[UUID | None]
    fence: Mapped[int] = mapped_column(Integer)
    """Of the try that holds it."""
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
