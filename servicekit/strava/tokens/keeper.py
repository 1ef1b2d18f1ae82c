"""Access tokens that are always fresh, refreshed once however many ask, and never lost.

Within a process one detached task per athlete refreshes, so that a caller who gives up neither stops the refresh nor
lets a second one in. Between processes the row's lease does the same, its fence keeps out whoever was away for longer
than the lease. No transaction is open while Strava is asked, and nobody gets a token that is not durable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from kernel.strava.tokens import may_send, needs_refresh
from servicekit.base.detached import Detached
from servicekit.base.settings import Secret
from servicekit.base.vault import KeyMissing, SealBroken, Vault
from servicekit.strava.clock import StravaClock
from servicekit.strava.errors import NotConnected, ReauthRequired, RefreshRefused, StravaUnavailable
from servicekit.strava.oauth import StravaOAuth, Tokens
from servicekit.strava.outages.store import SqlOutage
from servicekit.strava.outages.watch import Outage
from servicekit.strava.tokens.seals import Lease, ReadyToken, StoredTokens, TokenSeals, TokenState
from servicekit.strava.tokens.store import SqlTokenStore

REFRESH_PAUSE_S: Final = 30
"""After a refresh nobody's doubt and no odd expiry causes another one for so long."""


class TokenKeeper:
    """Hands out access tokens of athletes. `close()` it before its database and its HTTP client."""

    def __init__(
        self,
        store: SqlTokenStore,
        oauth: StravaOAuth,
        vault: Vault,
        *,
        now: Callable[[], datetime],
        clock: StravaClock | None = None,
        outage: SqlOutage | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        lease_s: float = 45.0,
        wait_s: float = 15.0,
        concurrency: int = 8,
    ) -> None:
        """`clock`: the one that `oauth` teaches. `outage`: what the processes of the service share.

        `wait_s`: how long to wait for another process that is refreshing the same athlete.
        """
        self._store = store
        self._oauth = oauth
        self._seals = TokenSeals(vault, now=now)
        self._now = now
        self._clock = clock or StravaClock(now)
        self._sleep = sleep
        self._lease_s = lease_s
        self._wait_s = wait_s
        self._slots = asyncio.Semaphore(concurrency)
        self._outage = Outage(now, outage)
        self._detached = Detached()
        self._flights: dict[int, asyncio.Task[ReadyToken]] = {}

    async def access_token(self, athlete_id: int, *, force: bool = False) -> ReadyToken:
        """A token with an hour or more to live where Strava allows it; `force` after Strava refused the last one.

        Raises NotConnected, ReauthRequired, StravaUnavailable, or SealBroken when the vault cannot open the row.
        """
        if athlete_id not in self._flights:
            ready = self.warm(athlete_id, await self._require(athlete_id), force=force)
            if ready is not None:
                return ready
        return await asyncio.shield(self._flights.get(athlete_id) or self._launch(athlete_id, force=force))

    def warm(self, athlete_id: int, stored: StoredTokens, *, force: bool = False) -> ReadyToken | None:
        """The token in a row that the caller has just read, None when only `access_token` can give one.

        For inside a unit of work: it asks neither Strava nor the database. Raises ReauthRequired or KeyMissing.
        """
        return None if athlete_id in self._flights else self._usable(athlete_id, stored, force=force)

    async def close(self) -> None:
        """Lets running refreshes end: their new tokens must become durable."""
        await self._detached.close(self._lease_s)

    def _launch(self, athlete_id: int, *, force: bool) -> asyncio.Task[ReadyToken]:
        flight = self._detached.start(self._fly(athlete_id, force=force))
        self._flights[athlete_id] = flight
        flight.add_done_callback(lambda _done: self._flights.pop(athlete_id))
        return flight

    async def _fly(self, athlete_id: int, *, force: bool) -> ReadyToken:
        async with self._slots:
            try:
                self._outage.check()
                return await self._fly_once(athlete_id, force=force)
            except StravaUnavailable as error:
                return await self._make_do(athlete_id, error, force=force)
            finally:
                await self._outage.tell()

    async def _make_do(self, athlete_id: int, error: StravaUnavailable, *, force: bool) -> ReadyToken:
        stored = await self._require(athlete_id)
        lives = may_send(stored.sealed.expires_at_s, self._clock.now_s(), skew_s=self._clock.doubt_s)
        ready = self._opened(athlete_id, stored) if lives and not force else None
        if ready is None:
            raise error
        return ready

    async def _fly_once(self, athlete_id: int, *, force: bool) -> ReadyToken:
        lease = await self._lease(athlete_id, force=force)
        if isinstance(lease, ReadyToken):
            return lease
        try:
            ready = self._usable(athlete_id, lease.tokens, force=force)
            return ready or await self._refresh(athlete_id, lease)
        finally:
            await self._store.release(athlete_id, lease.fence)

    async def _lease(self, athlete_id: int, *, force: bool) -> Lease | ReadyToken:
        """The lease, or the token that the process holding it has meanwhile fetched."""
        waited_s, pause_s = 0.0, 0.02
        while waited_s < self._wait_s:
            now = self._now()
            until = now + timedelta(seconds=self._lease_s)
            lease = await self._store.lease(athlete_id, now=now, until=until, doubt=force)
            if lease is not None:
                return lease
            await self._sleep(pause_s)
            waited_s, pause_s = waited_s + pause_s, min(pause_s * 1.5, 0.25)
            ready = self._usable(athlete_id, await self._require(athlete_id), force=force)
            if ready is not None:
                return ready
        raise StravaUnavailable(retry_after_s=1.0)

    async def _refresh(self, athlete_id: int, lease: Lease) -> ReadyToken:
        candidates, changed = lease.tokens.sealed.refresh_tokens, 0
        for sealed in candidates:
            refresh_token = self._unless_changed(athlete_id, sealed, self._seals.refresh_token)
            if refresh_token is None:
                changed += 1
                continue
            try:
                async with self._outage.probe():
                    tokens = await self._oauth.refresh(refresh_token)
            except RefreshRefused:
                stored = await self._require(athlete_id)
                if stored.sealed.refresh_tokens != candidates:
                    return self._current(athlete_id, stored)  # the athlete has connected anew while we asked
                continue
            return await self._keep(athlete_id, lease, tokens, used=(sealed, refresh_token))
        return await self._lost(athlete_id, lease, "quarantined" if changed else "reauth_required")

    async def _lost(self, athlete_id: int, lease: Lease, state: TokenState) -> ReadyToken:
        known = lease.tokens.state == state  # and whoever has to know was told
        if not known and not await self._store.settle(athlete_id, lease.fence, state):
            return self._current(athlete_id, await self._require(athlete_id))
        structlog.get_logger(__name__).warning(f"strava_{state}", athlete_id=athlete_id)
        raise ReauthRequired

    async def _keep(self, athlete_id: int, lease: Lease, tokens: Tokens, used: tuple[str, Secret]) -> ReadyToken:
        sealed, refresh_token = used
        same = tokens.refresh_token == refresh_token.reveal()
        older = tuple(each for each in lease.tokens.sealed.refresh_tokens if not (same and each == sealed))
        if await self._store.save(athlete_id, lease.fence, self._seals.seal(athlete_id, tokens, older)):
            return ReadyToken(tokens.access_token, athlete_id, lease.tokens.scope, tokens.expires_at_s)
        return self._current(athlete_id, await self._require(athlete_id))

    def _usable(self, athlete_id: int, stored: StoredTokens, *, force: bool) -> ReadyToken | None:
        """The stored token; None when it is due, or was changed by somebody, and so has to be refreshed.

        Raises SealBroken when it was changed and may not be refreshed yet.
        """
        if self._is_due(athlete_id, stored, force=force):
            return None
        due = self._is_due(athlete_id, stored, force=True)
        return self._opened(athlete_id, stored) if due else self._current(athlete_id, stored)

    def _is_due(self, athlete_id: int, stored: StoredTokens, *, force: bool) -> bool:
        """Whether these tokens must be refreshed; ReauthRequired when that is known to be useless."""
        if stored.state == "reauth_required":
            raise ReauthRequired
        if stored.state == "quarantined":
            opens = self._seals.refresh_token
            if all(self._unless_changed(athlete_id, each, opens) is None for each in stored.sealed.refresh_tokens):
                raise ReauthRequired
            return True
        now_s = self._now().timestamp()
        if 0 <= now_s - stored.sealed.obtained_at_s < REFRESH_PAUSE_S:
            return False
        return force or needs_refresh(stored.sealed.expires_at_s, self._clock.now_s())

    def _current(self, athlete_id: int, stored: StoredTokens) -> ReadyToken:
        """What somebody else has stored meanwhile. Raises ReauthRequired or SealBroken when that is no good either."""
        ready = self._opened(athlete_id, stored)
        if ready is None:
            raise SealBroken
        return ready

    def _opened(self, athlete_id: int, stored: StoredTokens) -> ReadyToken | None:
        if stored.state in {"quarantined", "reauth_required"}:
            raise ReauthRequired
        sealed = stored.sealed
        access_token = self._unless_changed(athlete_id, sealed.access_token, self._seals.access_token)
        if access_token is None:
            return None
        return ReadyToken(access_token.reveal(), athlete_id, stored.scope, sealed.expires_at_s)

    def _unless_changed(self, athlete_id: int, sealed: str, opens: Callable[[int, str], Secret]) -> Secret | None:
        """What is sealed, None when the seal is not ours. Raises KeyMissing, which says nothing about the seal."""
        try:
            return opens(athlete_id, sealed)
        except KeyMissing:
            structlog.get_logger(__name__).error("stored_token_without_its_key", athlete_id=athlete_id)
            raise
        except SealBroken:
            structlog.get_logger(__name__).error("stored_token_changed", athlete_id=athlete_id)
            return None

    async def _require(self, athlete_id: int) -> StoredTokens:
        stored = await self._store.read(athlete_id)
        if stored is None:
            raise NotConnected
        return stored
