"""Ending a consent at Strava with the tokens that are left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import structlog

from servicekit.settings import Secret
from servicekit.strava.errors import StravaUnavailable
from servicekit.strava.tokens import SealedTokens, TokenSeals
from servicekit.vault import SealBroken


class Strava(Protocol):
    """The part of Strava's OAuth that ends a consent."""

    async def revoke(self, token: Secret) -> None:
        """See `StravaOAuth`."""
        ...

    async def deauthorize(self, access_token: Secret) -> None:
        """See `StravaOAuth`."""
        ...


class Unreadable(Exception):
    """No token of the connection can be opened, so none can be revoked."""


class Revocation:
    """Ends consents."""

    def __init__(self, strava: Strava, seals: TokenSeals) -> None:
        self._strava = strava
        self._seals = seals

    async def end(self, athlete_id: int, tokens: SealedTokens) -> None:
        """Returns once Strava has ended the consent. Raises StravaUnavailable or Unreadable.

        Every refresh token is revoked: an older one may be the one that lives, when the answer to a refresh was lost.
        If that way is shut, the older one with the access token is tried.
        """
        try:
            opened = [self._seals.refresh_token(athlete_id, sealed) for sealed in tokens.refresh_tokens]
            access_token = Secret(self._seals.access_token(athlete_id, tokens))
        except SealBroken:
            structlog.get_logger(__name__).error("stored_token_unreadable")
            raise Unreadable from None
        try:
            await self._revoke(opened)
        except StravaUnavailable as first:
            try:
                await self._strava.deauthorize(access_token)
            except StravaUnavailable:
                raise first from None

    async def _revoke(self, refresh_tokens: Sequence[Secret]) -> None:
        for token in refresh_tokens:
            await self._strava.revoke(token)
