"""A try under way: what it has written down, and how it speaks to Strava."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ayda_service.uploads.door import Door
from ayda_service.uploads.errors import LimitReached, TokenRefused, UploadHopeless
from servicekit.strava.errors import NotConnected, ReauthRequired, StravaUnavailable
from servicekit.strava.tokens.keeper import TokenKeeper

T = TypeVar("T")


class Calls:
    """Calls with the athlete's token: a fresh one once when it is refused, a snooze when none is to be had."""

    def __init__(self, keeper: TokenKeeper, athlete_id: int, door: Door) -> None:
        self._keeper = keeper
        self._athlete_id = athlete_id
        self._door = door

    async def __call__(self, ask: Callable[[str], Awaitable[T]]) -> T:
        try:
            try:
                return await ask(await self._token(force=False))
            except TokenRefused:
                return await ask(await self._token(force=True))
        except LimitReached as limit:
            self._door.shut_until(limit.retry_at, doubtful=limit.told)

    async def _token(self, *, force: bool) -> str:
        try:
            return (await self._keeper.access_token(self._athlete_id, force=force)).access_token
        except (NotConnected, ReauthRequired) as gone:
            raise UploadHopeless("Strava no longer accepts this connection; connect it again and upload.") from gone
        except StravaUnavailable:
            self._door.shut()
