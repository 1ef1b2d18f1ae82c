"""Tables of events and of what they make doubtful."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime

DoubtKind = Literal["awaited", "changed", "gone"]


class StravaEventRow(Base):
    """One event that was taken; the second delivery finds it here."""

    __tablename__ = "strava_event"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    athlete_id: Mapped[UUID] = mapped_column(ForeignKey("athlete.id", ondelete="CASCADE"), index=True)
    strava_activity_id: Mapped[int] = mapped_column(BigInteger)
    aspect_type: Mapped[str] = mapped_column(String(10))
    event_time_s: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class DoubtRow(Base):
    """An activity that has to be asked for by its id.

    `awaited`: an event named it and it is not stored. `changed`: it is stored, and an event says that something is new
    about it. `gone`: it is stored, and an event or a list says that Strava no longer has it.
    """

    __tablename__ = "strava_doubt"

    athlete_id: Mapped[UUID] = mapped_column(ForeignKey("athlete.id", ondelete="CASCADE"), primary_key=True)
    strava_activity_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[DoubtKind] = mapped_column(String(10))
    misses: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
