"""The activity's row: what a list of activities says, and the features a profile is fitted from. No location."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Float, ForeignKey, Index, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.contracts.activity import AsideCode, LeftOutCode, Provenance, SportTag
from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime, uuid7

STRAVA: Final = "strava_api"
"""The provenance of what Strava told."""


class Activity(Base):
    """One activity of one athlete, wherever it came from."""

    __tablename__ = "activity"
    __table_args__ = (
        UniqueConstraint("athlete_id", "strava_activity_id"),
        UniqueConstraint("athlete_id", "content_hash"),
        Index(None, "athlete_id", "started_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7)
    athlete_id: Mapped[UUID] = mapped_column(ForeignKey("athlete.id", ondelete="CASCADE"))
    provenance: Mapped[Provenance] = mapped_column(String(20))
    strava_activity_id: Mapped[int | None] = mapped_column(BigInteger)
    content_hash: Mapped[str | None] = mapped_column(String(64))
    sport_type: Mapped[str] = mapped_column(String(40))
    """The source's own word, such as `TrailRun`."""
    sport: Mapped[SportTag] = mapped_column(String(12))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    distance_m: Mapped[float] = mapped_column(Float)
    moving_time_s: Mapped[float] = mapped_column(Float)
    elapsed_time_s: Mapped[float] = mapped_column(Float)
    gain_m: Mapped[float] = mapped_column(Float)
    features: Mapped[bytes | None] = mapped_column(LargeBinary)
    features_source: Mapped[str | None] = mapped_column(String(8))
    """`streams`, `splits` or `file`; null while unread or when there was nothing usable."""
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its details were last looked at; null: still to be read."""
    aside: Mapped[AsideCode | None] = mapped_column(String(24))
    """Why Strava's list alone says that it teaches nothing; its details are not asked for then."""
    left_out: Mapped[LeftOutCode | None] = mapped_column(String(24))
    """Why what was read of it teaches nothing; null in older rows."""
    switched_off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it teaches nothing because its athlete says so; no reading changes that."""
