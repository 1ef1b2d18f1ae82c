"""A try under way: what it has written down, and how it speaks to Strava."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from ayda_service.uploads.door import Door
from ayda_service.uploads.errors import LimitReached, TokenRefused, UploadHopeless
from ayda_service.uploads.store import Try, UploadStore
from kernel.strava.uploads import Upload
from servicekit.data.database import Database
from servicekit.strava.errors import NotConnected, ReauthRequired, StravaUnavailable
from servicekit.strava.tokens.keeper import TokenKeeper

T = TypeVar("T")


class Superseded(Exception):
    """A later try of the same upload has begun; this one's word no longer counts."""


class Work:
    """A try and how far it is; every step is durable before the next."""

    def __init__(self, database: Database, one: Try) -> None:
        self._database = database
        self.one = one
        self.state = one.state
        self._sent = one.sent

    @property
    def sent_before(self) -> bool:
        """Whether the file had been sent before the sending that was answered."""
        return self._sent > 1

    async def count_sending(self, change: int) -> None:
        """Counts a sending before it happens, or takes back one that did not."""
        self._sent += change
        await self.write(self.state, sent=self._sent)

    async def write(self, state: Upload, **more: Any) -> None:
        """Raises Superseded when a later try has taken over."""
        async with self._database.transaction() as session:
            if not await UploadStore(session).write(self.one, state, **more):
                raise Superseded
        self.state = state


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
