"""Where the predictor gets access tokens: its own Strava app if it has one, else ayda."""

from __future__ import annotations

from typing import Protocol

from kernel.contracts.connection import StravaToken
from servicekit.strava.errors import NotConnected, ReauthRequired, TokensOff


class TokenSource(Protocol):
    """One source of access tokens."""

    async def token(self, telegram_id: str, *, force: bool = False) -> StravaToken:
        """A token to use now; with `force`, not the one that was given before.

        Raises NotConnected, ReauthRequired, TokenUnavailable.
        """
        ...

    def drop(self, telegram_id: str) -> None:
        """Forgets what is remembered of this member."""
        ...


class OrderedTokenSource:
    """Asks each source that there is in turn, until one has a connection of this member."""

    def __init__(self, *sources: TokenSource | None) -> None:
        self._sources = [source for source in sources if source is not None]

    @property
    def configured(self) -> bool:
        """Whether there is anything to ask."""
        return bool(self._sources)

    async def token(self, telegram_id: str, *, force: bool = False) -> StravaToken:
        """The first token found.

        Raises TokensOff when nothing is configured, TokenUnavailable when a source is down before one was found, else
        the last word: ReauthRequired if a connection had been there, NotConnected if none was.
        """
        last_word: NotConnected | ReauthRequired | None = None
        for source in self._sources:
            try:
                return await source.token(telegram_id, force=force)
            except ReauthRequired as reason:
                last_word = reason
            except NotConnected as reason:
                last_word = last_word or reason
        raise last_word or TokensOff

    def drop(self, telegram_id: str) -> None:
        """Forgets what is remembered of this member."""
        for source in self._sources:
            source.drop(telegram_id)
