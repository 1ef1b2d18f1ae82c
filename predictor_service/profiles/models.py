"""The profile's row."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime


class StoredProfile(Base):
    """One athlete's profile in one mode: what is shown, and what predicts."""

    __tablename__ = "profile"

    athlete_id: Mapped[UUID] = mapped_column(ForeignKey("athlete.id", ondelete="CASCADE"), primary_key=True)
    mode: Mapped[str] = mapped_column(String(12), primary_key=True)
    provenance: Mapped[str] = mapped_column(String(80))
    """Where the activities behind it came from: sorted, comma separated."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    described: Mapped[str] = mapped_column(Text)
    """`kernel.contracts.profile.Profile` as JSON text."""
    to_others: Mapped[str | None] = mapped_column(Text)
    """What may be shown to others where `described` may not: as that, made without Strava's data. Empty where there is
    nothing to show, or `described` may be shown; null in older rows.
    """
    pace_table: Mapped[bytes | None] = mapped_column(LargeBinary)
    """`kernel.forecast.pace_table` of it, for courses that many are asked about; null in older rows."""
    table_to_others: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The pace table of `to_others`."""
    fitted: Mapped[bytes] = mapped_column(LargeBinary)
    """What predicts: the largest, and so the last one, as SQLite reads a row from its beginning."""
