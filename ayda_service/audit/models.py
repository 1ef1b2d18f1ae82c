"""The tables of the audit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base
from servicekit.data.columns import UtcDateTime
from servicekit.data.personal_rows import BLANKED


class TokenHandOut(Base):
    """An access token was given to a service: which key asked, whose token, why, when, for which request.

    `digest` covers the row and the digest before it, so that no row can be changed, removed or put between. It covers
    the athlete by `subject`, a salted hash of the id: erasing a person blanks id and salt, and the chain still holds.
    """

    __tablename__ = "token_hand_out"
    __table_args__ = (Index(None, "reason", "seq"), {"info": {BLANKED: ("athlete_id", "salt")}})

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    athlete_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    salt: Mapped[str | None] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))
    api_key_id: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(20))
    """`asked`, or `refused` when the caller says that Strava refused the last one."""
    request_id: Mapped[str] = mapped_column(String(64), index=True)
    handed_out_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    digest: Mapped[str] = mapped_column(String(64))


class HandOutChain(Base):
    """Both ends of the chain, one row: the last hand-out, and the last one that retention has removed."""

    __tablename__ = "token_hand_out_chain"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    removed_seq: Mapped[int] = mapped_column(BigInteger)
    removed_digest: Mapped[str] = mapped_column(String(64))
