"""The ledger: what was predicted, to be compared with what happened."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime


class LedgerEntry(Base):
    """One prediction. Without an athlete it was made for someone we know nothing about, and names no one."""

    __tablename__ = "prediction"
    __table_args__ = (Index(None, "athlete_id", "created_at"), Index(None, "created_at"))

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    athlete_id: Mapped[UUID | None] = mapped_column(ForeignKey("athlete.id", ondelete="CASCADE"))
    mode: Mapped[str] = mapped_column(String(12))
    route_ref: Mapped[str] = mapped_column(String(80))
    """`route:UUID`, `race_distance:UUID`, or `gpx:` and the SHA-256 of a GPX that was not stored."""
    distance_m: Mapped[float] = mapped_column(Float)
    gain_m: Mapped[float] = mapped_column(Float)
    p10_s: Mapped[int] = mapped_column(Integer)
    p50_s: Mapped[int] = mapped_column(Integer)
    p90_s: Mapped[int] = mapped_column(Integer)
    personalized: Mapped[bool] = mapped_column(Boolean)
    model: Mapped[str] = mapped_column(String(40))
    start_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
