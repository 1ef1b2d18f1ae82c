"""The table of what members have asked for on the day they last asked."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base

Daily = Literal["predictions", "routes", "matching", "imports"]


class DailyUse(Base):
    """How often a member had something made on one day (UTC): a row of each kind, counted anew every day."""

    __tablename__ = "daily_use"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    what: Mapped[Daily] = mapped_column(String(12), primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    used: Mapped[int] = mapped_column(Integer)
