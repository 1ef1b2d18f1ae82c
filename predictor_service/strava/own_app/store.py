"""SQL about the own application's connections."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from predictor_service.strava.own_app.models import LocalState, LocalToken
from servicekit.strava.consents import digest_of
from servicekit.strava.revocations.store import ENDED_COLUMNS, EndedTokens
from servicekit.strava.tokens.seals import SealedTokens
from servicekit.strava.tokens.store import token_columns

_ENDED = tuple(getattr(LocalToken, name) for name in ENDED_COLUMNS)
_MOST_UNDER_WAY: Final = 20
"""Authorizations of one member, the newest ones."""


class OwnAppStore:
    """Connections and authorizations inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_state(self, state: str, telegram_id: str, *, now: datetime, expires_at: datetime) -> None:
        """Keeps an authorization that was begun, and forgets those that expired."""
        self._session.execute(delete(LocalState).where(LocalState.expires_at <= now))
        self._session.add(LocalState(digest=digest_of(state), telegram_id=telegram_id, expires_at=expires_at))
        self._session.flush()
        mine = select(LocalState.digest).where(LocalState.telegram_id == telegram_id)
        older = mine.order_by(LocalState.expires_at.desc()).offset(_MOST_UNDER_WAY)
        self._session.execute(delete(LocalState).where(LocalState.digest.in_(older)))

    def take_state(self, state: str, now: datetime) -> str | None:
        """Whose authorization this is, once; None for an unknown, used or expired state."""
        mine = delete(LocalState).where(LocalState.digest == digest_of(state), LocalState.expires_at > now)
        return self._session.execute(mine.returning(LocalState.telegram_id)).scalar_one_or_none()

    def athlete_of(self, telegram_id: str) -> int | None:
        """The Strava id of the member's connection."""
        mine = select(LocalToken.athlete_id).where(LocalToken.telegram_id == telegram_id)
        return self._session.execute(mine).scalar_one_or_none()

    def leave(self, telegram_id: str, *, but: int | None = None) -> EndedTokens | None:
        """Deletes the member's connection, unless it is that of the athlete `but`; the tokens it had."""
        mine = delete(LocalToken).where(LocalToken.telegram_id == telegram_id)
        left = mine if but is None else mine.where(LocalToken.athlete_id != but)
        row = self._session.execute(left.returning(*_ENDED)).one_or_none()
        return None if row is None else EndedTokens.of(row)

    def connect(self, telegram_id: str, athlete_id: int, scope: str, sealed: SealedTokens) -> None:
        """Stores a new connection; an earlier one of the same member or athlete gives way, its lease with it."""
        known = self._session.get(LocalToken, athlete_id)
        fence = known.fence + 1 if known is not None else 1
        old = or_(LocalToken.telegram_id == telegram_id, LocalToken.athlete_id == athlete_id)
        self._session.execute(delete(LocalToken).where(old))
        self._session.expunge_all()
        whose = {"athlete_id": athlete_id, "telegram_id": telegram_id, "scope": scope, "fence": fence}
        self._session.add(LocalToken(**whose, **token_columns(sealed)))
        self._session.flush()
