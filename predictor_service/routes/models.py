"""The route's row. It says where the route starts to a tenth of a degree, for the sun, and no more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Float, Integer, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime, uuid7


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
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
