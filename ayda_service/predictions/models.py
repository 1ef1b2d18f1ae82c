"""The table of answers members were given."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base
from servicekit.data.columns import UtcDateTime


class StoredPrediction(Base):
    """An answer as it was given, under the id the predictor gave it."""

    __tablename__ = "prediction"
    __table_args__ = (Index(None, "member_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    """JSON of `kernel.contracts.prediction.Prediction`."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key_digest: Mapped[str | None] = mapped_column(String(64))
    """Of the Idempotency-Key it was asked for with: asked once more on the same day, it costs nothing."""
