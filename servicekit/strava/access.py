"""An athlete's access token for one piece of work, and what to do when Strava refuses it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from servicekit.strava.errors import TokenRefused

T = TypeVar("T")


class FetchToken(Protocol):
    """Gives an access token to use now; with `force` not the one it gave before. Raises NoToken or NotNow."""

    async def __call__(self, *, force: bool) -> str: ...


class Access:
    """In whose name Strava is asked. A refused token is renewed once, however many calls the work makes."""

    def __init__(self, fetch: FetchToken) -> None:
        """`fetch` may raise TokenRefused itself, for a token that must not be sent."""
        self._fetch = fetch
        self._renewed = False

    async def call(self, ask: Callable[[str], Awaitable[T]]) -> T:
        """The answer to `ask(access_token)`. Raises TokenRefused when the renewed token is refused too."""
        try:
            return await ask(await self._fetch(force=False))
        except TokenRefused:
            if self._renewed:
                raise
        self._renewed = True
        return await ask(await self._fetch(force=True))
