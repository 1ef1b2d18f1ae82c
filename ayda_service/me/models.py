"""The table of receipts, and what may stand in one."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.members.models import What
from ayda_service.models_base import Base
from servicekit.data.columns import UtcDateTime

AtStrava = Literal["revoked", "pending", "not_connected", "connected_again", "given_up"]
AtPredictor = Literal["done", "pending", "not_configured"]


class Erasure(Base):
    """What was erased. It outlives the member and names nobody: only who asked can show that it is theirs."""

    __tablename__ = "erasure"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_digest: Mapped[str] = mapped_column(String(64))
    what: Mapped[What] = mapped_column(String(12))
    strava: Mapped[AtStrava] = mapped_column(String(20))
    predictor: Mapped[AtPredictor] = mapped_column(String(20))
    erased_in_ayda: Mapped[dict[str, int]] = mapped_column(JSON)
    erased_in_predictor: Mapped[dict[str, int] | None] = mapped_column(JSON)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
