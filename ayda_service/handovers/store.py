"""SQL about handovers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ayda_service.handovers.models import Handover
from servicekit.strava.consents import digest_of


class HandoverStore:
    """Handovers inside the caller's transaction; of each secret only the digest is kept."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, secret: str, telegram_id: int, sealed: str, *, now: datetime, expires_at: datetime) -> None:
        """Keeps what a secret stands for, and forgets those that have expired."""
        self._session.execute(delete(Handover).where(Handover.expires_at <= now))
        row = {"digest": digest_of(secret), "telegram_id": telegram_id, "content_sealed": sealed}
        self._session.add(Handover(**row, expires_at=expires_at))

    def take(self, secret: str, now: datetime) -> tuple[int, str] | None:
        """Who the secret was given to and what it stands for, once; None when it is unknown or expired."""
        take = delete(Handover).where(Handover.digest == digest_of(secret))
        taken = take.returning(Handover.telegram_id, Handover.content_sealed, Handover.expires_at)
        row = self._session.execute(taken).one_or_none()
        return None if row is None or row.expires_at <= now else (row.telegram_id, row.content_sealed)
