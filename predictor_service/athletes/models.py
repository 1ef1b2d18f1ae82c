"""The athlete's row, and what is remembered of those who were erased."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime, uuid7

_CONNECTED: Final = text("strava_athlete_id IS NOT NULL")


class Athlete(Base):
    """A person by Telegram id; their Strava athlete id once a connection was announced."""

    __tablename__ = "athlete"
    __table_args__ = (
        Index("ix_athlete_connected", "connected_at", "id", sqlite_where=_CONNECTED, postgresql_where=_CONNECTED),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7)
    telegram_id: Mapped[str] = mapped_column(String(19), unique=True)
    strava_athlete_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    connected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a connection was announced last; null in rows that were never linked."""
    generation: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    """Grows when what came from Strava is erased: what was made of it before is stored no more."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ErasedMember(Base):
    """That somebody was erased, by a digest of who they were at ayda, which made that up and has forgotten it.

    For notices that come late, and for requests that began before the erasure.
    """

    __tablename__ = "erased_member"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
