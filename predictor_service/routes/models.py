"""The route's row. It says nothing about where on Earth the route lies."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from predictor_service.models_base import Base
from servicekit.database import UtcDateTime, uuid7


class StoredRoute(Base):
    """A course that was uploaded; the same file has one row, whoever sends it."""

    __tablename__ = "route"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7)
    content_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str | None] = mapped_column(String(200))
    points: Mapped[int] = mapped_column(Integer)
    geometry: Mapped[bytes] = mapped_column(LargeBinary)
    """`kernel.tracks.RouteGeometry.to_bytes()`."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
