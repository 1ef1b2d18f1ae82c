"""Tables of the race catalogue."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from predictor_service.models_base import Base


class RaceRow(Base):
    """A race of the catalogue."""

    __tablename__ = "race"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
    country: Mapped[str] = mapped_column(String(2))
    time_zone: Mapped[str] = mapped_column(String(64), server_default="UTC")
    """The IANA name of the zone it starts in."""
    distances: Mapped[list[RaceDistanceRow]] = relationship(order_by="RaceDistanceRow.position", lazy="selectin")


class RaceDistanceRow(Base):
    """One distance of a race, with its course."""

    __tablename__ = "race_distance"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    race_id: Mapped[UUID] = mapped_column(ForeignKey("race.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(Integer)
    geometry: Mapped[bytes] = mapped_column(LargeBinary)
    """`kernel.tracks.RouteGeometry.to_bytes()`."""
