"""Connecting a member to Strava, and what is known of the connection."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.orm import Session

from ayda_service.errors import (
    AthleteLinkedElsewhere,
    AuthorizationDenied,
    AuthorizationExpired,
    AuthorizationForeign,
    AuthorizationReused,
    AuthorizationSwapped,
    ReadingNotAllowed,
)
from ayda_service.members.store import MemberStore
from ayda_service.strava.handovers import Consented, Handovers, Ticket
from ayda_service.strava.jobs import Notices
from ayda_service.strava.store import ConnectionStore, TakenState
from kernel.strava.tokens import format_scope, has_scope, parse_scope
from servicekit.data.database import Database
from servicekit.strava.consents import SCOPE, STATE_LIFE, Consents, agreed_scope
from servicekit.strava.errors import CodeRefused
from servicekit.strava.revocations.store import EndedTokens
from servicekit.strava.tokens.seals import SealedTokens
from servicekit.strava.tokens.store import token_columns

UPLOAD_SCOPE: Final = "activity:write"
CODE_MEMORY: Final = timedelta(hours=1)
"""Longer than a code lives at Strava."""
Refusal: TypeAlias = AuthorizationExpired | AthleteLinkedElsewhere | None


class ConnectionStatus(msgspec.Struct, frozen=True):
    """A member's connection. `state` is `connected`, `reauth_required` or `not_connected`."""

    state: str
    athlete_id: int | None
    scope: str | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Callback:
    """What Strava sends the browser back with."""

    state: str | None
    code: str | None
    scope: str | None
    error: str | None
    browser: str | None
    """The nonce of the cookie that this browser was given at the start."""


class ConnectionService:
    """The life of a connection."""

    def __init__(
        self,
        database: Database,
        consents: Consents,
        notices: Notices,
        redirect_uri: str,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._consents = consents
        self._notices = notices
        self._handovers = Handovers(database, now=now)
        self._redirect_uri = redirect_uri
        self._now = now

    async def begin(self, telegram_id: int, browser: str, *, uploads: bool = False, in_telegram: bool = False) -> str:
        """The address at Strava where the member decides; good once, for ten minutes, in this browser.

        `uploads` asks for the permission to write too; whoever has granted it once is asked to keep it. With
        `in_telegram` the connection is made by `complete`.
        """
        state = secrets.token_urlsafe(32)
        granted = await self._database.write(
            lambda session: self._begin(session, state, telegram_id, browser=browser, in_telegram=in_telegram)
        )
        scope = f"{SCOPE},{UPLOAD_SCOPE}" if uploads or has_scope(granted, UPLOAD_SCOPE) else SCOPE
        # Strava may pass over its page for those who have consented before, and they could never tick what is new
        prompt = "auto" if parse_scope(scope) <= granted else "force"
        return self._consents.oauth.authorization_url(
            redirect_uri=self._redirect_uri, state=state, scope=scope, approval_prompt=prompt
        )

    async def ticket(self, telegram_id: int, *, uploads: bool = False) -> str:
        """What takes the member to Strava from a browser that is not the Mini App's; good once."""
        return await self._handovers.give(telegram_id, Ticket(uploads=uploads))

    async def enter(self, ticket: str, browser: str) -> str:
        """As `begin`, for the member who was given the ticket. Raises AuthorizationExpired."""
        telegram_id, wanted = await self._handovers.take(ticket, Ticket)
        return await self.begin(telegram_id, browser, uploads=wanted.uploads, in_telegram=True)

    async def finish(self, callback: Callback) -> str | None:
        """None when the athlete is connected, or the claim to be carried to Telegram and given to `complete`.

        Tokens, scope and the notice to the predictor are one transaction. Raises AuthorizationExpired,
        AuthorizationReused, AuthorizationSwapped, AuthorizationDenied, ReadingNotAllowed, AthleteLinkedElsewhere,
        CapacityFull or StravaUnavailable.
        """
        taken = await self._database.write(lambda session: self._take_state(session, callback))
        if taken is None:
            raise AuthorizationExpired
        if taken.reused:
            raise AuthorizationReused
        if taken.other_browser:
            raise AuthorizationSwapped
        if callback.error is not None:
            raise AuthorizationDenied
        if callback.code is None:
            raise AuthorizationExpired
        scope = agreed_scope(callback.scope)
        if scope is None:
            raise ReadingNotAllowed
        if taken.in_telegram:
            return await self._handovers.give(taken.telegram_id, Consented(callback.code, scope))
        await self._connect(taken.telegram_id, callback.code, scope)
        return None

    async def complete(self, telegram_id: int, claim: str) -> None:
        """Connects what was consented to in another browser.

        Whoever was lured into consenting comes here as themselves and is refused: AuthorizationForeign. Otherwise
        raises as `finish` does.
        """
        begun_by, consented = await self._handovers.take(claim, Consented)
        if begun_by != telegram_id:
            raise AuthorizationForeign
        await self._connect(telegram_id, consented.code, consented.scope)

    async def status(self, telegram_id: int) -> ConnectionStatus:
        """The member's connection; a stranger is simply not connected."""
        row = await self._database.read(lambda session: ConnectionStore(session).of_telegram_id(telegram_id))
        if row is None:
            return ConnectionStatus("not_connected", None, None, None)
        state = "connected" if row.state in {"active", "suspect"} else "reauth_required"
        return ConnectionStatus(state, row.athlete_id, format_scope(parse_scope(row.scope)), row.updated_at)

    def _begin(
        self, session: Session, state: str, telegram_id: int, *, browser: str, in_telegram: bool
    ) -> frozenset[str]:
        """Keeps the state; what the member has granted so far."""
        now, store = self._now(), ConnectionStore(session)
        MemberStore(session).find_or_create(telegram_id, now)
        end = now + STATE_LIFE
        store.add_state(state, telegram_id, browser=browser, in_telegram=in_telegram, now=now, expires_at=end)
        found = store.of_telegram_id(telegram_id)
        return frozenset() if found is None else parse_scope(found.scope)

    async def _connect(self, telegram_id: int, code: str, scope: str) -> None:
        try:
            grant = await self._consents.oauth.exchange(code)
        except CodeRefused:
            raise AuthorizationExpired from None
        sealed = self._consents.seals.seal(grant.athlete_id, grant.tokens)
        refusal = await self._database.write(
            lambda session: self._store(session, telegram_id, grant.athlete_id, sealed, scope)
        )
        if refusal is not None:
            raise refusal
        structlog.get_logger(__name__).info("strava_connected", athlete_id=grant.athlete_id, scope=scope)

    def _take_state(self, session: Session, callback: Callback) -> TakenState | None:
        now, store, code = self._now(), ConnectionStore(session), callback.code
        # also under a state that is old or made up: the code in it may be alive, and is now in someone's history
        fresh = code is None or store.first_sight(code, now=now, expires_at=now + CODE_MEMORY)
        taken = store.take_state(callback.state or "", callback.browser or "", now)
        return taken if taken is None or fresh else replace(taken, reused=True)

    def _store(self, session: Session, telegram_id: int, athlete_id: int, sealed: SealedTokens, scope: str) -> Refusal:
        """Keeps the connection with the notice of it. What is returned is raised once the rest is durable."""
        member = MemberStore(session).held(telegram_id)
        if member is None:  # erased while Strava was asked
            self._consents.revocations.give_up(session, EndedTokens.orphaned(athlete_id, sealed))
            return AuthorizationExpired()
        owner = self._link(session, member.id, athlete_id, {"scope": scope, **token_columns(sealed)})
        if owner != member.id:
            return AthleteLinkedElsewhere()
        self._notices.connected(session, telegram_id, athlete_id)
        return None

    def _link(self, session: Session, member_id: UUID, athlete_id: int, columns: dict[str, Any]) -> UUID:
        """Stores the connection; the member whose it is, who may be another one."""
        store = ConnectionStore(session)
        held = store.holder(athlete_id)
        owner = member_id if held is None else held.member_id
        # also for another owner: the consent may have ended the tokens that their connection lived on
        left = store.link(owner, athlete_id, columns, self._now())
        if left is not None:
            self._consents.revocations.give_up(session, left, member_id=owner)
        return owner
