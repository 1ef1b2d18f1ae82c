"""The route's row. In the open it says where the route starts to a tenth of a degree, for the sun, and no more."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Float, Integer, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime, uuid7

LINE_KEY: Final = "route_line_key"
"""What the keys of lines are sealed for in the vault."""


class StoredRoute(Base):
    """A course that was uploaded; the same file has one row, whoever sends it."""

    __tablename__ = "route"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7)
    content_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str | None] = mapped_column(String(200))
    points: Mapped[int] = mapped_column(Integer)
    geometry: Mapped[bytes] = mapped_column(LargeBinary)
    """`kernel.tracks.RouteGeometry.to_bytes()`."""
    checkpoints: Mapped[bytes | None] = mapped_column(LargeBinary)
    """JSON list of `kernel.contracts.prediction.CheckpointRequest`, from the waypoints; null in older rows."""
    start_lat_deg: Mapped[float | None] = mapped_column(Float)
    start_lon_deg: Mapped[float | None] = mapped_column(Float)
    """Rounded to 0.1 degree, which moves the sun by less than a minute; null in older rows."""
    time_zone: Mapped[str | None] = mapped_column(String(64))
    """The IANA name of the zone where it starts; null in older rows."""
    line: Mapped[bytes | None] = mapped_column(LargeBinary)
    """`kernel.tracks.CourseLine.to_bytes()`, sealed under a key of its own; null in older rows."""
    line_key: Mapped[str | None] = mapped_column(Text)
    """That key under the vault's, bound to the content hash."""
    warnings: Mapped[bytes | None] = mapped_column(LargeBinary)
    """JSON list of `kernel.contracts.prediction.CourseWarning`; null in rows that were not looked over for faults."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    """When it was last sent or asked about, to the day: nobody owns it, and unused it goes."""
