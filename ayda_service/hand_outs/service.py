"""Access tokens for the predictor, each written down before it leaves.

A token that is at hand costs one unit of work: the row is read, its seal opened and the hand-out written. Those who ask
while one is under way share the next one; nobody has their answer before its commit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

import structlog
from sqlalchemy.orm import Session

from ayda_service.audit.store import AuditStore, Given, Link
from ayda_service.errors import UserNotFound
from ayda_service.members.store import MemberStore
from ayda_service.strava.store import ConnectionStore
from kernel.contracts.connection import StravaToken
from kernel.errors import DomainError
from kernel.strava.tokens import format_scope, parse_scope
from servicekit.base.correlation import request_id
from servicekit.data.database import Database
from servicekit.data.gathered import Gathered
from servicekit.strava.errors import NotConnected
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import ReadyToken, StoredTokens

LARGEST_ID: Final = 2**63 - 1
"""Of a column: canonical ids of 19 digits may exceed it, and nobody has one of those."""
MOST_AT_ONCE: Final = 100
_SHOWN: Final = 16


@dataclass(frozen=True, slots=True)
class _Asked:
    telegram_id: int
    force: bool
    api_key_id: str
    request_id: str
    fetched: ReadyToken | None = None


class _NotAtHand(DomainError):
    """The stored token does not serve as it is."""

    def __init__(self, athlete_id: int) -> None:
        super().__init__("Another access token has to be fetched first.")
        self.athlete_id = athlete_id


_HandedOut: TypeAlias = tuple[ReadyToken, Link]


class TokenHandOutService:
    """Hands out access tokens, never refresh tokens, and writes down to whom. `close()` it before its database."""

    def __init__(self, database: Database, keeper: TokenKeeper, client_id: str, *, now: Callable[[], datetime]) -> None:
        """`client_id`: the Strava app that all of them are of."""
        self._client_id = client_id
        self._database = database
        self._keeper = keeper
        self._now = now
        self._together: Gathered[_Asked, _HandedOut | DomainError] = Gathered(self._write, most=MOST_AT_ONCE)

    async def token(self, telegram_id: str, *, force: bool, api_key_id: str) -> StravaToken:
        """A token of the member. Raises UserNotFound, NotConnected, ReauthRequired, SealBroken or StravaUnavailable."""
        key = int(telegram_id)
        if key > LARGEST_ID:
            raise UserNotFound
        asked = _Asked(key, force, api_key_id, request_id() or "")
        try:
            ready, link = await self._handed_out(asked)
        except _NotAtHand as stored:
            fetched = await self._keeper.access_token(stored.athlete_id, force=force)
            ready, link = await self._handed_out(replace(asked, fetched=fetched))
        # the log is a witness elsewhere: it gets the number and the start of the digest
        fields = {"athlete_id": ready.athlete_id, "api_key_id": api_key_id, "number": link.seq}
        structlog.get_logger(__name__).info("token_handed_out", **fields, chain=link.digest[:_SHOWN])
        scope = format_scope(parse_scope(ready.scope))
        return StravaToken(ready.access_token, ready.athlete_id, scope, ready.expires_at_s, self._client_id)

    async def close(self) -> None:
        """Lets what is being written end."""
        await self._together.close()

    async def _handed_out(self, asked: _Asked) -> _HandedOut:
        answer = await self._together.result(asked)
        if isinstance(answer, DomainError):
            raise answer
        return answer

    async def _write(self, asked: Sequence[_Asked]) -> Sequence[_HandedOut | DomainError]:
        return await self._database.write(lambda session: self._give(session, asked))

    def _give(self, session: Session, asked: Sequence[_Asked]) -> list[_HandedOut | DomainError]:
        people = {each.telegram_id for each in asked}
        connected = ConnectionStore(session).connected(people)
        strangers = people - connected.keys()
        members = MemberStore(session).known(strangers) if strangers else set()
        found = [self._found(each, connected.get(each.telegram_id), members) for each in asked]
        given = [_given(each, ready) for each, ready in zip(asked, found, strict=True) if isinstance(ready, ReadyToken)]
        links = iter(AuditStore(session).append(given, self._now()))
        return [(each, next(links)) if isinstance(each, ReadyToken) else each for each in found]

    def _found(
        self, asked: _Asked, connection: tuple[int, StoredTokens] | None, members: Collection[int]
    ) -> ReadyToken | DomainError:
        if connection is None:
            known = asked.fetched is not None or asked.telegram_id in members
            return NotConnected() if known else UserNotFound()
        athlete_id, stored = connection
        if asked.fetched is not None:
            # a connection that ended while its token was fetched is given to nobody, and its athlete named nowhere
            return asked.fetched if asked.fetched.athlete_id == athlete_id else NotConnected()
        try:
            return self._keeper.warm(athlete_id, stored, force=asked.force) or _NotAtHand(athlete_id)
        except DomainError as refusal:
            return refusal


def _given(asked: _Asked, ready: ReadyToken) -> Given:
    return Given(ready.athlete_id, asked.api_key_id, "refused" if asked.force else "asked", asked.request_id)
