"""An athlete's access token for the length of one run, and what to do when Strava refuses it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from kernel.contracts.connection import StravaToken
from kernel.strava.scopes import has_scope, parse_scope
from predictor_service.strava.errors import ScopeMissing, TokenRefused
from predictor_service.strava.tokens import ReconnectNeeded

T = TypeVar("T")
READ_ACTIVITIES: Final = "activity:read"


class TokenSource(Protocol):
    """Where access tokens come from."""

    async def token(self, telegram_id: str, *, force: bool = False) -> StravaToken:
        """A token to use now; with `force`, not the one that was given before. Raises NoToken."""
        ...

    def drop(self, telegram_id: str) -> None:
        """Forgets what is remembered of this member."""
        ...


class Access:
    """Calls with the athlete's token; a refused one is renewed once in a run, then it is the athlete's turn."""

    def __init__(self, source: TokenSource, telegram_id: str, strava_athlete_id: int | None) -> None:
        self._source = source
        self._telegram_id = telegram_id
        self._strava_athlete_id = strava_athlete_id
        self._renewed = False

    async def call(self, ask: Callable[[str], Awaitable[T]]) -> T:
        """The answer to `ask(access_token)`. Raises NoToken, ScopeMissing and what `ask` raises but TokenRefused."""
        try:
            return await ask(await self._token())
        except TokenRefused:
            self._source.drop(self._telegram_id)
            if self._renewed:
                raise ReconnectNeeded from None
            self._renewed = True
        try:
            return await ask(await self._token(force=True))
        except TokenRefused:
            self._source.drop(self._telegram_id)
            raise ReconnectNeeded from None

    async def _token(self, *, force: bool = False) -> str:
        token = await self._source.token(self._telegram_id, force=force)
        if self._strava_athlete_id not in {None, token.athlete_id}:
            # someone else's account: remembered from before the member linked this one, or never theirs
            raise TokenRefused
        if not has_scope(parse_scope(token.scope), READ_ACTIVITIES):
            raise ScopeMissing
        return token.access_token
