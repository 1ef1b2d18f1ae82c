"""Tables of the sync: where each athlete stands, what each run did, and which activities resist."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime, uuid7


class SyncStateRow(Base):
    """One athlete's sync. The lease is a row, so it works through any pooler; its token fences a writer that lost it.

    A listing goes from the newest activity down. `listing_top` and `listing_before` are the ends of the one under way;
    `watermark` is the newest start of the last one that reached its floor.
    """

    __tablename__ = "sync_state"
    __table_args__ = (
        Index(None, "started_at"),
        Index(None, "status", "started_at"),
        Index(None, "status", "finished_at"),
        Index(None, "retry_at"),
    )

    athlete_id: Mapped[UUID] = mapped_column(ForeignKey("athlete.id", ondelete="CASCADE"), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    activities_known: Mapped[int] = mapped_column(default=0)
    activities_read: Mapped[int] = mapped_column(default=0)
    watermark: Mapped[datetime | None] = mapped_column(UtcDateTime)
    listing_top: Mapped[datetime | None] = mapped_column(UtcDateTime)
    listing_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outages: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it should have gone on by itself; null while it runs, is done, or only the athlete can help."""
    code: Mapped[str | None] = mapped_column(String(40))
    """Why it waits or has failed, for programs; `detail` is the sentence."""
    looks_window: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """The quarter of an hour in which `looks_spent` was spent on what events named and was not so."""
    looks_spent: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    detail: Mapped[str | None] = mapped_column(Text)


class SyncRunRow(Base):
    """One line of the audit log. A run that was killed is closed by the next one."""

    __tablename__ = "sync_run"
    __table_args__ = (
        Index("ix_sync_run_athlete_id_started_at", "athlete_id", "started_at"),
        Index(None, "started_at"),  # what is older than runs are kept is looked for by its start alone
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    athlete_id: Mapped[UUID] = mapped_column(ForeignKey("athlete.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    new_count: Mapped[int] = mapped_column(default=0)
    updated_count: Mapped[int] = mapped_column(default=0)
    pages_fetched: Mapped[int] = mapped_column(default=0)
    read_count: Mapped[int] = mapped_column(default=0)
    detail: Mapped[str | None] = mapped_column(Text)


class ReadTroubleRow(Base):
    """An activity whose streams could not be read so far; `retry_at` is null once it was given up."""

    __tablename__ = "read_trouble"

    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True)
    athlete_id: Mapped[UUID] = mapped_column(ForeignKey("athlete.id", ondelete="CASCADE"), index=True)
    tries: Mapped[int] = mapped_column(index=True)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
