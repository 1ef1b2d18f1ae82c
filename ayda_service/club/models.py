"""The table of those who want to be found."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base
from kernel.contracts.club import MOST_NAME_LETTERS
from servicekit.data.columns import UtcDateTime


class MatchingConsent(Base):
    """A member who opted in, and the name they chose. Whoever opts out has no row: nothing is remembered of it."""

    __tablename__ = "matching_consent"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(MOST_NAME_LETTERS))
    opted_in_at: Mapped[datetime] = mapped_column(UtcDateTime)
