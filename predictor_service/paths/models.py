"""Tables of remembered paths: an athlete's key, sealed, and the marks of each outing under it; no places."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime

PATH_KEY: Final = "path_key"
"""What the keys of athletes are sealed for in the vault."""


class PathMemoryRow(Base):
    """That an athlete has asked for it; without this row nothing is remembered."""

    __tablename__ = "path_memory"

    athlete_id: Mapped[UUID] = mapped_column(ForeignKey("athlete.id", ondelete="CASCADE"), primary_key=True)
    asked_id: Mapped[UUID] = mapped_column(Uuid)
    """Another one each time it is asked for: what was read under an older key is not kept."""
    key_sealed: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class ActivityPathsRow(Base):
    """The paths of one activity: `kernel.pace.paths.Paths.to_bytes()`."""

    __tablename__ = "activity_paths"

    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True)
    athlete_id: Mapped[UUID] = mapped_column(ForeignKey("athlete.id", ondelete="CASCADE"), index=True)
    marks: Mapped[bytes] = mapped_column(LargeBinary)
