"""The athlete's row."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime, uuid7


class Athlete(Base):
    """A person by Telegram id; their Strava athlete id once a connection was announced."""

    __tablename__ = "athlete"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7)
    telegram_id: Mapped[str] = mapped_column(String(19), unique=True)
    strava_athlete_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
