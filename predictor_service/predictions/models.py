"""The ledger: what was predicted, to be compared with what happened."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, LargeBinary, String, Uuid
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
    effort: Mapped[str | None] = mapped_column(String(8))
    """Null, as what follows, in rows from before outings were compared."""
    elapsed_p10_s: Mapped[int | None] = mapped_column(Integer)
    elapsed_p50_s: Mapped[int | None] = mapped_column(Integer)
    elapsed_p90_s: Mapped[int | None] = mapped_column(Integer)
    stretch: Mapped[float | None] = mapped_column(Float)
    """By what the ledger stretched the band."""
    inputs_hash: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of all that the forecast was made of: see `predictor_service.predictions.inputs`."""
    course_name: Mapped[str | None] = mapped_column(String(200))
    course: Mapped[bytes | None] = mapped_column(LargeBinary)
    """`kernel.pace.same_course.CourseFeatures.to_bytes()`; null where no outing is to be recognised."""

    @property
    def elapsed_said_s(self) -> tuple[int, int, int]:
        """P10, P50 and P90 from start to finish. Raises ValueError for a row that lacks them."""
        said = self.elapsed_p10_s, self.elapsed_p50_s, self.elapsed_p90_s
        if None in said:
            raise ValueError("This forecast tells no time from start to finish.")
        return cast("tuple[int, int, int]", said)
