"""Ending consents at Strava, however long it is away.

What has to be ended is a row, written in the transaction that gives the tokens up; the job about it knows only its id.
A refresh that is under way then will bring tokens that nobody else knows. So the row keeps the refresh's lease, nothing
is asked of Strava before that refresh has landed or its lease has lapsed, and what it brought is ended like the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from kernel.errors import DomainError
from kernel.retry import NOTICE_LADDER_S
from servicekit.base.settings import Secret
from servicekit.base.vault import SealBroken
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.jobs import Job, JobQueue, Snooze
from servicekit.strava.errors import StravaUnavailable
from servicekit.strava.oauth import StravaOAuth
from servicekit.strava.revocations.store import EndedTokens, Outcome, RevocationStore, Waiting
from servicekit.strava.tokens.seals import SealedTokens, TokenSeals

REVOKE_AT_STRAVA: Final = "revoke_at_strava"
PATIENCE: Final = timedelta(hours=24)
"""After a day the tokens are forgotten even if Strava never answered: the last access token died long ago."""
RETRY_S: Final = 60.0
FLIGHT_S: Final = 2.0
"""How soon to look again for a refresh that has not landed."""
_POLL_S: Final = 0.05


class RefreshUnderWay(Exception):
    """A refresh of these tokens has not landed; what it brings has to be ended too."""


OnSettled = Callable[[Session, UUID, Outcome], None]
"""Told of the id of a revocation, and what became of it, in the transaction that forgets its row."""
OnGivenUp = Callable[[Session, int], None]
"""Told of the athlete whose tokens are given up, in the transaction that does it."""


class Revocations:
    """The consents of one service that have to be ended."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        strava: StravaOAuth,
        seals: TokenSeals,
        store: RevocationStore,
        *,
        now: Callable[[], datetime],
        on_settled: OnSettled | None = None,
        on_given_up: OnGivenUp | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._queue = queue
        self._strava = strava
        self._seals = seals
        self._store = store
        self._now = now
        self._on_settled = on_settled
        self._on_given_up = on_given_up
        self._sleep = sleep

    def give_up(self, session: Session, tokens: EndedTokens, *, delay_s: float = 0, **named: Any) -> UUID:
        """Has these tokens ended with the commit of `session`, which must be the one that deletes them.

        `delay_s` leaves the first try to the caller; `named` fills the service's own columns.
        """
        revocation_id = uuid7()
        self._store.add(session, revocation_id, tokens, now=self._now(), **named)
        if self._on_given_up is not None:
            self._on_given_up(session, tokens.athlete_id)
        self._queue.add(session, REVOKE_AT_STRAVA, {"revocation_id": str(revocation_id)}, delay_s=delay_s)
        return revocation_id

    def landed(self, session: Session, athlete_id: int, fence: int, brought: SealedTokens | None) -> None:
        """Takes over from a refresh that ended after its connection had, with the tokens it brought, if any."""
        known = self._store.land(session, athlete_id, fence, brought)
        if not known and brought is not None:
            self.give_up(session, EndedTokens.orphaned(athlete_id, brought, fence=fence))

    async def end(self, revocation_id: UUID, *, wait_s: float = 0) -> Outcome | None:
        """What became of it; None when it was settled before.

        Raises StravaUnavailable, or RefreshUnderWay when one has not landed within `wait_s`.
        """
        waited_s = 0.0
        while (waiting := await self._read(revocation_id)) is not None:
            if waiting.under_way and not waiting.connected_again:
                if waited_s >= wait_s:
                    raise RefreshUnderWay
                await self._sleep(_POLL_S)
                waited_s += _POLL_S
                continue
            # revoking now would end the new consent
            outcome: Outcome = "connected_again" if waiting.connected_again else await self._ask(waiting)
            if await self._database.write(partial(self._settle, asked=waiting, outcome=outcome)):
                await self._database.forget_deleted()
                return outcome
        return None

    async def run(self, args: Mapping[str, Any]) -> None:
        """The job."""
        try:
            await self.end(UUID(args["revocation_id"]))
        except RefreshUnderWay:
            raise Snooze(FLIGHT_S, "refresh_under_way") from None
        except StravaUnavailable as outage:
            raise Snooze(outage.retry_after_s or RETRY_S, "strava_unavailable") from outage

    def job(self) -> Job:
        """An outage costs no attempt; it ends a day later."""
        return Job(REVOKE_AT_STRAVA, self.run, retry_delays_s=NOTICE_LADDER_S, timeout_s=60)

    async def _read(self, revocation_id: UUID) -> Waiting | None:
        now = self._now()
        return await self._database.read(lambda session: self._store.read(session, revocation_id, now))

    def _settle(self, session: Session, asked: Waiting, outcome: Outcome) -> bool:
        """Whether that was all; not, when a refresh has brought more tokens while Strava was asked."""
        now_waiting = self._store.read(session, asked.id, self._now(), lock=True)
        if now_waiting is None:
            return True
        if now_waiting.tokens != asked.tokens:
            return False
        if self._on_settled is not None:
            self._on_settled(session, asked.id, outcome)
        self._store.forget(session, asked.id)
        return True

    async def _ask(self, waiting: Waiting) -> Outcome:
        refresh = [self._opened(waiting, self._seals.refresh_token, each) for each in waiting.tokens.refresh_sealed]
        access = self._opened(waiting, self._seals.access_token, waiting.tokens.access_sealed)
        try:
            await self._revoke([token for token in (*refresh, access) if token is not None], access)
        except StravaUnavailable:
            if self._now() < waiting.created_at + PATIENCE:
                raise
            structlog.get_logger(__name__).error("consent_not_revoked")
            return "given_up"
        # what cannot be opened may be what lives
        return "given_up" if None in refresh else "revoked"

    async def _revoke(self, tokens: Sequence[Secret], access: Secret | None) -> None:
        """Every token is revoked: which one lives is not known when the answer to a refresh was lost."""
        try:
            for token in tokens:
                await self._strava.revoke(token)
        except DomainError as first:
            try:
                if access is None:
                    raise StravaUnavailable from first
                await self._strava.deauthorize(access)
            except DomainError:
                raise first if isinstance(first, StravaUnavailable) else StravaUnavailable() from first

    def _opened(self, waiting: Waiting, opens: Callable[[int, str], Secret], sealed: str | None) -> Secret | None:
        try:
            return None if sealed is None else opens(waiting.tokens.athlete_id, sealed)
        except SealBroken:
            structlog.get_logger(__name__).error("stored_token_unreadable")
            return None
