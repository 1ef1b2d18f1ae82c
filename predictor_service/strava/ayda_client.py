"""Ayda: access tokens from the one owner of the members' Strava connections (brief 000, 1.2), and news for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from kernel.contracts.accuracy import NewsTaken, OutingCompared
from kernel.contracts.connection import StravaToken
from kernel.errors import DomainError
from servicekit.base.correlation import DEADLINE_AT_S
from servicekit.http.client import ApiClient
from servicekit.http.response import ApiResponse
from servicekit.strava.errors import NotConnected, NoToken, ReauthRequired, TokenUnavailable

CACHE_TTL_S: Final = 30 * 60
EXPIRY_MARGIN_S: Final = 120
MOST_CACHED: Final = 10_000


class AydaRunClient:
    """Asks ayda for a member's token and remembers it for up to 30 minutes, never to within two minutes of its end.

    Callers at once share one request, and one that goes away does not take the others' answer with it.
    """

    def __init__(self, http: ApiClient, now: Callable[[], datetime]) -> None:
        """`http` repeats nothing; it is closed by `close`."""
        self._http = http
        self._now = now
        self._cache: dict[str, tuple[StravaToken, float]] = {}
        """With the epoch second until when each is given out."""
        self._flights: dict[str, tuple[bool, asyncio.Task[StravaToken]]] = {}

    async def close(self) -> None:
        """Stops what is under way and closes the connections."""
        tasks = [task for _, task in self._flights.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.close()

    async def get_strava_token(self, telegram_id: str) -> StravaToken | None:
        """The member's token; None when there is none, for whatever reason, which is logged."""
        try:
            return await self.token(telegram_id)
        except NoToken as reason:
            structlog.get_logger(__name__).info("no_strava_token", reason=type(reason).__name__)
            return None

    async def token(self, telegram_id: str, *, force: bool = False) -> StravaToken:
        """The member's token; with `force` a fresh one, because Strava refused the last.

        Raises NotConnected, ReauthRequired, TokenUnavailable.
        """
        token, until_s = self._cache.get(telegram_id, (None, 0.0))
        if token is not None and not force and self._now_s() < until_s:
            return token
        return await asyncio.shield(self._flight(telegram_id, force=force))

    async def compared(self, news: OutingCompared) -> NewsTaken:
        """Tells ayda of a compared outing. Raises an UpstreamError; the same news again is harmless."""
        answer = await self._http.request("POST", "/api/internal/outings/compared", json=news)
        return answer.expect(200).decode(NewsTaken)

    def drop(self, telegram_id: str) -> None:
        """Forgets the member's token, also one that is on its way."""
        self._cache.pop(telegram_id, None)
        self._flights.pop(telegram_id, None)

    def _flight(self, telegram_id: str, *, force: bool) -> asyncio.Task[StravaToken]:
        forced, task = self._flights.get(telegram_id, (False, None))
        if task is not None and (forced or not force):
            return task
        task = asyncio.create_task(self._ask(telegram_id, force=force))
        self._flights[telegram_id] = (force, task)
        task.add_done_callback(lambda done: self._landed(telegram_id, done))
        return task

    def _landed(self, telegram_id: str, task: asyncio.Task[StravaToken]) -> None:
        """Keeps the answer, unless it was dropped or a forced request overtook it."""
        _, latest = self._flights.get(telegram_id, (False, None))
        failed = task.cancelled() or task.exception() is not None
        if latest is not task:
            return
        del self._flights[telegram_id]
        if failed:
            self._cache.pop(telegram_id, None)
            return
        token = task.result()
        until_s = min(self._now_s() + CACHE_TTL_S, token.expires_at - EXPIRY_MARGIN_S)
        if len(self._cache) >= MOST_CACHED:
            self._cache.pop(next(iter(self._cache)))
        self._cache[telegram_id] = token, until_s

    async def _ask(self, telegram_id: str, *, force: bool) -> StravaToken:
        # shared by several callers, so the patience of the first must not bound it; this task has its own context
        DEADLINE_AT_S.set(None)
        params = {"telegram_id": telegram_id, **({"force": "1"} if force else {})}
        try:
            answer = await self._http.request("GET", "/api/internal/strava/token", params=params)
            return _token_in(answer)
        except NoToken:
            raise
        except DomainError as error:
            structlog.get_logger(__name__).warning("ayda_gives_no_token", reason=str(error))
            raise TokenUnavailable(retry_after_s=getattr(error, "retry_after_s", None)) from error

    def _now_s(self) -> float:
        return self._now().timestamp()


def _token_in(answer: ApiResponse) -> StravaToken:
    if answer.status == 404:
        raise NotConnected
    if answer.status == 409:
        raise ReauthRequired
    return answer.expect(200).decode(StravaToken)
