"""The tables of Strava connections."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base
from servicekit.data.columns import UtcDateTime
from servicekit.data.personal_rows import BLANKED
from servicekit.strava.outages.store import OutageColumns
from servicekit.strava.revocations.store import RevocationColumns
from servicekit.strava.tokens.store import TokenColumns


class StravaToken(TokenColumns, Base):
    """The sealed tokens of one athlete, who is one member."""

    __tablename__ = "strava_token"
    __table_args__ = (Index(None, "state", "updated_at"),)

    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), unique=True)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class StravaOutage(OutageColumns, Base):
    """What all processes know of an outage of Strava's token endpoint: one row, once there was one."""

    __tablename__ = "strava_outage"


class OAuthState(Base):
    """One authorization under way. Only digests are stored: state and nonce themselves are known to the browser alone.

    A used one stays until it expires, so that a second use is told apart from a made-up one.
    """

    __tablename__ = "oauth_state"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_digest: Mapped[str] = mapped_column(String(64))
    telegram_id: Mapped[int] = mapped_column(BigInteger)
    in_telegram: Mapped[bool] = mapped_column(server_default=false())
    """Whether the connection is made only when the member, in Telegram, brings what the browser was given."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    code_digest: Mapped[str | None] = mapped_column(String(64))
    """Of the code it was used with, by which its browser is known when it comes back."""
    connected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SeenCode(Base):
    """The digest of a code that has come back once: refused or not, it is good for nothing a second time.

    A refused code still lives at Strava, and whoever reads it in a browser's history could bring it with a state of
    their own; Strava knows no PKCE that would stop them.
    """

    __tablename__ = "oauth_code_seen"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Handover(Base):
    """A secret on its way between Telegram and a browser; what it stands for is sealed under the secret itself."""

    __tablename__ = "oauth_handover"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    telegram_id: Mapped[int] = mapped_column(BigInteger)
    content_sealed: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Revocation(RevocationColumns, Base):
    """Tokens of a connection that has ended here and that Strava has yet to end.

    Erasing a person blanks who they were; the row itself goes once Strava has answered, for a day at most.
    """

    __tablename__ = "strava_revocation"
    __table_args__ = {"info": {BLANKED: ("member_id",)}}  # noqa: RUF012 - what SQLAlchemy asks for

    member_id: Mapped[UUID | None] = mapped_column(index=True)
    receipt_id: Mapped[UUID | None] = mapped_column(index=True)
    """The receipt that says `pending` until this is settled."""
