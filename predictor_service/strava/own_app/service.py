"""Connecting athletes through the predictor's own Strava application, and their tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.connection import StravaToken
from kernel.strava.scopes import format_scope, has_scope, parse_scope
from predictor_service.athletes.store import AthleteStore
from predictor_service.strava.errors import ScopeMissing
from predictor_service.strava.own_app.errors import AuthorizationDenied, AuthorizationExpired
from predictor_service.strava.own_app.models import LocalToken
from predictor_service.strava.own_app.store import OwnAppStore
from predictor_service.strava.tokens import NotConnected, ReconnectNeeded, TokenUnavailable
from servicekit.base.vault import SealBroken
from servicekit.data.database import Database
from servicekit.http.client import ApiClient
from servicekit.jobs import Job
from servicekit.strava import errors as oauth_errors
from servicekit.strava.oauth import StravaOAuth
from servicekit.strava.revocations.service import Revocations
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import TokenSeals

SCOPE: Final = "read,activity:read_all"
STATE_LIFE: Final = timedelta(minutes=10)


class Starter(Protocol):
    """What starts a sync."""

    async def start(self, athlete_id: UUID, *, session: AsyncSession) -> None:
        """Queues it with the commit of `session`."""
        ...


class OwnApp:
    """The connections of one Strava application of the predictor's own; a source of tokens."""

    def __init__(
        self,
        *,
        database: Database,
        oauth: StravaOAuth,
        keeper: TokenKeeper,
        seals: TokenSeals,
        revocations: Revocations,
        client: ApiClient,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._oauth = oauth
        self._keeper = keeper
        self._seals = seals
        self._revocations = revocations
        self._client = client
        self._now = now

    async def begin(self, telegram_id: str, redirect_uri: str) -> str:
        """The address at Strava where the athlete decides; good once, for ten minutes."""
        state, now = secrets.token_urlsafe(32), self._now()
        async with self._database.transaction() as session:
            await OwnAppStore(session).add_state(state, telegram_id, now=now, expires_at=now + STATE_LIFE)
        return self._oauth.authorization_url(redirect_uri=redirect_uri, state=state, scope=SCOPE)

    async def finish(self, *, state: str, code: str | None, scope: str | None, sync: Starter) -> int:
        """The Strava id that is now connected; tokens, athlete and sync are one transaction.

        Raises AuthorizationExpired, AuthorizationDenied, ScopeMissing, CapacityFull or Strava's outages.
        """
        async with self._database.transaction() as session:
            telegram_id = await OwnAppStore(session).take_state(state, self._now())
        if telegram_id is None:
            raise AuthorizationExpired
        if code is None:
            raise AuthorizationDenied
        granted = parse_scope(scope)
        if not has_scope(granted, "activity:read"):
            raise ScopeMissing
        try:
            grant = await self._oauth.exchange(code)
        except oauth_errors.CodeRefused:
            raise AuthorizationExpired from None
        sealed = self._seals.seal(grant.athlete_id, grant.tokens)
        async with self._database.transaction() as session:
            left = await OwnAppStore(session).leave(telegram_id, but=grant.athlete_id)
            if left is not None:
                await self._revocations.give_up(session, left, telegram_id=telegram_id)
            await OwnAppStore(session).connect(telegram_id, grant.athlete_id, format_scope(granted), sealed)
            athletes = AthleteStore(session)
            athlete = await athletes.find_or_create(telegram_id, self._now())
            await athletes.set_strava_id(athlete.id, grant.athlete_id)
            await sync.start(athlete.id, session=session)
        return grant.athlete_id

    async def leave(self, session: AsyncSession, telegram_id: str) -> dict[str, int]:
        """Ends the member's connection with the commit of `session`: deleted here at once, at Strava by a job."""
        left = await OwnAppStore(session).leave(telegram_id)
        if left is None:
            return {}
        await self._revocations.give_up(session, left)
        return {LocalToken.__tablename__: 1}

    def job(self) -> Job:
        """What ends consents at Strava."""
        return self._revocations.job()

    async def token(self, telegram_id: str, *, force: bool = False) -> StravaToken:
        """The member's token. Raises NotConnected, ReconnectNeeded, TokenUnavailable."""
        async with self._database.reading() as session:
            athlete_id = await OwnAppStore(session).athlete_of(telegram_id)
        if athlete_id is None:
            raise NotConnected
        try:
            ready = await self._keeper.access_token(athlete_id, force=force)
        except oauth_errors.NotConnected:
            raise NotConnected from None
        except oauth_errors.ReauthRequired:
            raise ReconnectNeeded from None
        except oauth_errors.StravaUnavailable as error:
            raise TokenUnavailable(retry_after_s=error.retry_after_s) from error
        except SealBroken as error:
            structlog.get_logger(__name__).error("own_app_token_unreadable")
            raise TokenUnavailable from error
        return StravaToken(ready.access_token, ready.athlete_id, ready.scope, ready.expires_at_s)

    def drop(self, telegram_id: str) -> None:
        """Nothing is remembered here: the keeper decides anew each time."""

    async def close(self) -> None:
        """Lets running refreshes end: their new tokens must become durable."""
        await self._keeper.close()
        await self._client.close()
