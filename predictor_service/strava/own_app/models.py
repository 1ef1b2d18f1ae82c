"""The tables of the own application's connections."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from predictor_service.models_base import Base
from servicekit.data.columns import UtcDateTime
from servicekit.data.personal_rows import BLANKED
from servicekit.strava.outages.store import OutageColumns
from servicekit.strava.revocations.store import RevocationColumns
from servicekit.strava.tokens.store import TokenColumns


class LocalToken(TokenColumns, Base):
    """The sealed tokens of one athlete, who is one member."""

    __tablename__ = "local_token"
    __table_args__ = (Index(None, "state"),)

    telegram_id: Mapped[str] = mapped_column(String(19), unique=True)


class LocalRevocation(RevocationColumns, Base):
    """Tokens of an ended connection that Strava has yet to end; erasing a person blanks who they were."""

    __tablename__ = "local_revocation"
    __table_args__ = {"info": {BLANKED: ("telegram_id",)}}  # noqa: RUF012 - what SQLAlchemy asks for

    telegram_id: Mapped[str | None] = mapped_column(String(19))


class LocalOutage(OutageColumns, Base):
    """What all processes know of an outage of Strava's token endpoint: one row, once there was one."""

    __tablename__ = "local_outage"


class LocalState(Base):
    """One authorization under way. Only a digest is stored: the state itself is known to the browser alone."""

    __tablename__ = "local_oauth_state"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    telegram_id: Mapped[str] = mapped_column(String(19))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
