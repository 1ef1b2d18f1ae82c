"""The tables of Strava connections."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base
from servicekit.database import UtcDateTime
from servicekit.strava.store import TokenColumns


class StravaToken(TokenColumns, Base):
    """The sealed tokens of one athlete, who is one member."""

    __tablename__ = "strava_token"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), unique=True)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OAuthState(Base):
    """One authorization under way. Only a digest is stored: the state itself is known to the browser alone."""

    __tablename__ = "oauth_state"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    telegram_id: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class TokenHandOut(Base):
    """An access token was given to a service: which key asked, whose token it was, when, for which request."""

    __tablename__ = "token_hand_out"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    athlete_id: Mapped[int] = mapped_column(BigInteger, index=True)
    api_key_id: Mapped[str] = mapped_column(String(40))
    request_id: Mapped[str] = mapped_column(String(64))
    handed_out_at: Mapped[datetime] = mapped_column(UtcDateTime)
