"""The table of members, and what is remembered of those who are members no more."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base
from servicekit.data.columns import UtcDateTime

What = Literal["strava", "everything"]
"""Of what someone was erased: of all that came from Strava, or of everything."""


class Member(Base):
    """Someone who has opened the bot or the Mini App."""

    __tablename__ = "member"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    telegram_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ErasureMark(Base):
    """That somebody was erased, and when last: for what began before that and ends after it.

    It names nobody to whom the key of the digest is unknown, and is forgotten once nothing so old can be under way.
    """

    __tablename__ = "erasure_mark"

    owner_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    what: Mapped[What] = mapped_column(String(12), primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    times: Mapped[int] = mapped_column(Integer)
    """How often: so that whoever looks twice sees that it happened in between."""
    receipt_id: Mapped[UUID | None]
    """The receipt that was given, if one was, to be given again to whom the answer did not reach."""


class ListedErasures(Base):
    """Up to when this database knows of the erasures in the list outside of it: one row."""

    __tablename__ = "listed_erasures"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    through: Mapped[datetime] = mapped_column(UtcDateTime)
