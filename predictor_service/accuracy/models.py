"""The table of outcomes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime


class Comparison(Base):
    """One forecast beside the outing that went along its course. It goes with either of them."""

    __tablename__ = "comparison"
    __table_args__ = (Index(None, "athlete_id", "started_at"),)

    prediction_id: Mapped[UUID] = mapped_column(ForeignKey("prediction.id", ondelete="CASCADE"), primary_key=True)
    athlete_id: Mapped[UUID] = mapped_column(ForeignKey("athlete.id", ondelete="CASCADE"))
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), unique=True)
    mode: Mapped[str] = mapped_column(String(12))
    linked: Mapped[bool] = mapped_column(Boolean)
    """The athlete said so; else it was recognised."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    moving_s: Mapped[float] = mapped_column(Float)
    elapsed_s: Mapped[float] = mapped_column(Float)
    moving_ratio: Mapped[float] = mapped_column(Float)
    """Said over taken; the same of the time from start to finish below."""
    elapsed_ratio: Mapped[float] = mapped_column(Float)
    moving_held: Mapped[bool] = mapped_column(Boolean)
    elapsed_held: Mapped[bool] = mapped_column(Boolean)
    score: Mapped[float] = mapped_column(Float)
    """`kernel.forecast.calibration.score_of`, against the band before the ledger stretched it."""
    learned: Mapped[str | None] = mapped_column(Text)
    """JSON of `kernel.contracts.accuracy.Learned`."""
    compared_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
