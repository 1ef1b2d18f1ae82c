"""From a code to tokens that are kept: what Strava has given is stored here, or ended there again.

Between Strava's answer and the commit nobody else knows of the tokens. So this part of the way belongs to no request:
it goes on when its browser has left, and takes longer than any other work to store what it has.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import Final, TypeVar

import structlog
from sqlalchemy.orm import Session

from kernel.errors import DomainError
from kernel.retry import backoff_s
from servicekit.base.detached import Detached
from servicekit.base.settings import Secret
from servicekit.data.database import Database
from servicekit.data.patience import must_be_kept, waiting
from servicekit.data.trouble import DATABASE_TROUBLE, LASTING, DatabaseUnavailable
from servicekit.strava.oauth import Grant, StravaOAuth
from servicekit.strava.revocations.service import Revocations
from servicekit.strava.revocations.store import EndedTokens
from servicekit.strava.tokens.seals import SealedTokens, TokenSeals

T = TypeVar("T")
KEEP_S: Final = 20.0
"""As long as a browser may well wait; after that the tokens are ended at Strava and the athlete begins anew."""
_CLOSE_S: Final = 10.0


class Grants:
    """What athletes' consents give. `close()` it before its database and its HTTP client."""

    def __init__(
        self,
        oauth: StravaOAuth,
        seals: TokenSeals,
        revocations: Revocations,
        database: Database,
        *,
        within_s: float = KEEP_S,
        clock_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._oauth = oauth
        self._seals = seals
        self._revocations = revocations
        self._database = database
        self._within_s = within_s
        self._clock_s = clock_s
        self._sleep = sleep
        self._detached = Detached()

    async def obtain(self, code: str, keep: Callable[[Session, int, SealedTokens], T]) -> T:
        """What `keep` returned of the athlete's id and tokens, in the unit of work that stores them.

        It may run more than once. Raises CodeRefused, CapacityFull or StravaUnavailable, and DatabaseUnavailable when
        nothing could be stored: then the tokens are being ended.
        """
        return await asyncio.shield(self._detached.start(self._obtain(code, keep)))

    async def close(self) -> None:
        """Lets what is under way end: nobody else knows these tokens."""
        await self._detached.close(_CLOSE_S)

    async def _obtain(self, code: str, keep: Callable[[Session, int, SealedTokens], T]) -> T:
        grant = await self._oauth.exchange(code)
        try:
            sealed = self._seals.seal(grant.athlete_id, grant.tokens)
            return await self._kept(lambda session: keep(session, grant.athlete_id, sealed))
        except BaseException:
            self._detached.start(self._end(grant))
            raise

    async def _kept(self, unit: Callable[[Session], T]) -> T:
        until_s = self._clock_s() + self._within_s
        for tried in count(1):
            try:
                left_s = max(0.0, until_s - self._clock_s())
                with must_be_kept(left_s, left_s):
                    return await self._database.write(unit)
            except DatabaseUnavailable as trouble:
                pause_s = backoff_s(tried, first_s=0.1, most_s=1.0)
                if trouble.kind in LASTING or self._clock_s() + pause_s >= until_s:
                    raise
            await self._sleep(pause_s)
        raise AssertionError  # the count has no end

    async def _end(self, grant: Grant) -> None:
        """Ends tokens that could not be stored, at Strava itself or, when it is away, by a job."""
        structlog.get_logger(__name__).error("grant_not_stored", athlete_id=grant.athlete_id)
        for tried in count(1):
            try:
                await self._revoke(grant)
            except DomainError:
                if await self._given_up(grant):
                    return
                await self._sleep(backoff_s(tried))
            else:
                return

    async def _revoke(self, grant: Grant) -> None:
        try:
            await self._oauth.revoke(Secret(grant.tokens.refresh_token))
        except DomainError:
            await self._oauth.deauthorize(Secret(grant.tokens.access_token))

    async def _given_up(self, grant: Grant) -> bool:
        tokens = EndedTokens.orphaned(grant.athlete_id, self._seals.seal(grant.athlete_id, grant.tokens))
        try:
            with waiting(None):
                await self._database.write(partial(self._revocations.give_up, tokens=tokens))
        except DATABASE_TROUBLE:
            return False
        return True
