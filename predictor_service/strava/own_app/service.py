"""Connecting athletes through the predictor's own Strava application, and their tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from kernel.contracts.connection import StravaToken
from predictor_service.athletes.store import AthleteStore, Seen
from predictor_service.errors import AuthorizationDenied, AuthorizationExpired, ErasedMeanwhile
from predictor_service.strava.own_app.models import LocalToken
from predictor_service.strava.own_app.store import OwnAppStore
from servicekit.base.vault import SealBroken
from servicekit.data.database import Database
from servicekit.jobs import Job
from servicekit.strava.consents import SCOPE, STATE_LIFE, Consents, agreed_scope
from servicekit.strava.errors import CodeRefused, NotConnected, ScopeMissing, StravaUnavailable, TokenUnavailable
from servicekit.strava.tokens.seals import SealedTokens


class OwnApp:
    """The connections of one Strava application of the predictor's own; a source of tokens."""

    def __init__(
        self,
        database: Database,
        consents: Consents,
        start_sync: Callable[[Session, UUID], None],
        now: Callable[[], datetime],
    ) -> None:
        """`start_sync` queues an athlete's sync with the commit of a session."""
        self._database = database
        self._consents = consents
        self._start_sync = start_sync
        self._now = now

    async def begin(self, telegram_id: str, redirect_uri: str) -> str:
        """The address at Strava where the athlete decides; good once, for ten minutes."""
        state, now = secrets.token_urlsafe(32), self._now()
        await self._database.write(
            lambda session: OwnAppStore(session).add_state(state, telegram_id, now=now, expires_at=now + STATE_LIFE)
        )
        return self._consents.oauth.authorization_url(redirect_uri=redirect_uri, state=state, scope=SCOPE)

    async def finish(self, *, state: str, code: str | None, scope: str | None) -> int:
        """The Strava id that is now connected; tokens, athlete and sync are one transaction.

        Raises AuthorizationExpired, AuthorizationDenied, ScopeMissing, CapacityFull or Strava's outages.
        """
        telegram_id, seen = await self._database.write(lambda session: self._take(session, state))
        if telegram_id is None:
            raise AuthorizationExpired
        if code is None:
            raise AuthorizationDenied
        agreed = agreed_scope(scope)
        if agreed is None:
            raise ScopeMissing
        keep = partial(self._connect, telegram_id=telegram_id, seen=seen, scope=agreed)
        try:
            return await self._consents.grants.obtain(code, keep)
        except (CodeRefused, ErasedMeanwhile):
            raise AuthorizationExpired from None

    def _take(self, session: Session, state: str) -> tuple[str | None, Seen]:
        """Whose authorization it is, and what is known of them while Strava is asked."""
        telegram_id = OwnAppStore(session).take_state(state, self._now())
        return telegram_id, AthleteStore(session).seen(telegram_id or "")

    def _connect(
        self, session: Session, athlete_id: int, sealed: SealedTokens, *, telegram_id: str, seen: Seen, scope: str
    ) -> int:
        store, athletes = OwnAppStore(session), AthleteStore(session)
        athlete = athletes.find_or_create(telegram_id, self._now(), seen)
        left = store.leave(telegram_id, but=athlete_id)
        if left is not None:
            self._consents.revocations.give_up(session, left, telegram_id=telegram_id)
        store.connect(telegram_id, athlete_id, scope, sealed)
        athletes.set_strava_id(athlete.id, athlete_id, self._now())
        self._start_sync(session, athlete.id)
        structlog.get_logger(__name__).info("token_operation", operation="connected", athlete_id=athlete_id)
        return athlete_id

    def leave(self, session: Session, telegram_id: str) -> dict[str, int]:
        """Ends the member's connection with the commit of `session`: deleted here at once, at Strava by a job."""
        left = OwnAppStore(session).leave(telegram_id)
        if left is None:
            return {}
        self._consents.revocations.give_up(session, left)
        return {LocalToken.__tablename__: 1}

    def job(self) -> Job:
        """What ends consents at Strava."""
        return self._consents.revocations.job()

    async def token(self, telegram_id: str, *, force: bool = False) -> StravaToken:
        """The member's token. Raises NotConnected, ReauthRequired, TokenUnavailable."""
        athlete_id = await self._database.read(lambda session: OwnAppStore(session).athlete_of(telegram_id))
        if athlete_id is None:
            raise NotConnected
        try:
            ready = await self._consents.keeper.access_token(athlete_id, force=force)
        except StravaUnavailable as error:
            raise TokenUnavailable(retry_after_s=error.retry_after_s) from error
        except SealBroken as error:
            structlog.get_logger(__name__).error("own_app_token_unreadable")
            raise TokenUnavailable from error
        client_id = self._consents.oauth.client_id
        return StravaToken(ready.access_token, ready.athlete_id, ready.scope, ready.expires_at_s, client_id)

    def drop(self, telegram_id: str) -> None:
        """Nothing is remembered here: the keeper decides anew each time."""

    async def close(self) -> None:
        """Lets running refreshes end: their new tokens must become durable."""
        await self._consents.close()
