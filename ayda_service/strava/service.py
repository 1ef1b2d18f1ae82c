"""Connecting a member to Strava, and what is known of the connection."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.orm import Session

from ayda_service.audit.service import write_down
from ayda_service.errors import (
    AthleteLinkedElsewhere,
    AuthorizationDenied,
    AuthorizationExpired,
    AuthorizationForeign,
    AuthorizationReused,
    AuthorizationSwapped,
    ReadingNotAllowed,
)
from ayda_service.members.models import Member
from ayda_service.members.service import Membership
from ayda_service.strava.handovers import Consented, Handovers, Ticket
from ayda_service.strava.jobs import Notices
from ayda_service.strava.store import ConnectionStore, TakenState
from kernel.contracts.sync import SyncNotice
from kernel.errors import DomainError
from kernel.strava.tokens import format_scope, has_scope, parse_scope
from servicekit.data.database import Database
from servicekit.strava.consents import SCOPE, STATE_LIFE, Consents, agreed_scope, digest_of
from servicekit.strava.errors import CodeRefused
from servicekit.strava.revocations.store import EndedTokens
from servicekit.strava.tokens.seals import SealedTokens
from servicekit.strava.tokens.store import token_columns

UPLOAD_SCOPE: Final = "activity:write"
CODE_MEMORY: Final = timedelta(hours=1)
"""Longer than a code lives at Strava."""
_LOOK_S: Final = 0.1
_LOOKS: Final = 20
"""How often, in this distance, a second request of a browser looks for the end of the first."""
Ended: TypeAlias = int | AuthorizationExpired | AthleteLinkedElsewhere
"""The athlete who is connected now, or why nobody is."""


class ConnectionStatus(msgspec.Struct, frozen=True):
    """`state` is `connected`, `reauth_required` or `not_connected`; `sync` is null where nobody can tell."""

    state: str
    athlete_id: int | None
    scope: str | None
    updated_at: datetime | None
    sync: SyncNotice | None = None


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
        membership: Membership,
        *,
        forget: Callable[[Session, int, int], object],
        redirect_uri: str,
        now: Callable[[], datetime],
    ) -> None:
        """`forget`: see `Traces.of_connection`."""
        self._database = database
        self._consents = consents
        self._notices = notices
        self._membership = membership
        self._forget = forget
        self.handovers = Handovers(database, membership, now=now)
        self._redirect_uri = redirect_uri
        self._now = now

    async def begin(
        self, telegram_id: int, vouched_at: datetime, browser: str, *, uploads: bool = False, in_telegram: bool = False
    ) -> str:
        """The address at Strava where the member decides; good once, for ten minutes, in this browser.

        `uploads` asks for the permission to write too; whoever has granted it once is asked to keep it. With
        `in_telegram` the connection is made by `complete`. Raises ErasedSince.
        """
        state = secrets.token_urlsafe(32)
        granted = await self._database.write(
            lambda session: self._begin(
                session, state, telegram_id, vouched_at, browser=browser, in_telegram=in_telegram
            )
        )
        scope = f"{SCOPE},{UPLOAD_SCOPE}" if uploads or has_scope(granted, UPLOAD_SCOPE) else SCOPE
        # Strava may pass over its page for those who have consented before, and they could never tick what is new
        prompt = "auto" if parse_scope(scope) <= granted else "force"
        return self._consents.oauth.authorization_url(
            redirect_uri=self._redirect_uri, state=state, scope=scope, approval_prompt=prompt
        )

    async def ticket(self, telegram_id: int, vouched_at: datetime, *, uploads: bool = False) -> str:
        """What takes the member to Strava from a browser that is not the Mini App's; good once. Raises ErasedSince."""
        return await self.handovers.give(telegram_id, Ticket(uploads=uploads, vouched_at=vouched_at))

    async def enter(self, ticket: str, browser: str) -> str:
        """As `begin`, for the member who was given the ticket. Raises AuthorizationExpired and ErasedSince."""
        telegram_id, wanted = await self.handovers.take(ticket, Ticket)
        return await self.begin(telegram_id, wanted.vouched_at, browser, uploads=wanted.uploads, in_telegram=True)

    async def finish(self, callback: Callback) -> str | None:
        """None when the athlete is connected, or the claim to be carried to Telegram and given to `complete`.

        The browser that comes back with the same address is answered the same, as long as the state lives. Tokens,
        scope and the notice to the predictor are one transaction. Raises AuthorizationExpired, AuthorizationReused,
        AuthorizationSwapped, AuthorizationDenied, ReadingNotAllowed, AthleteLinkedElsewhere, CapacityFull,
        StravaUnavailable, or DatabaseUnavailable, after which no token of this code lives at Strava.
        """
        taken = await self._database.write(lambda session: self._take_state(session, callback))
        if taken is None:
            raise AuthorizationExpired
        if taken.reused and not taken.again:
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
        digest = digest_of(callback.state or "")
        if taken.again and await self._has_connected(digest, wait=not taken.in_telegram):
            return None
        consented = Consented(callback.code, scope, vouched_at=taken.begun_at, state_digest=digest)
        if taken.in_telegram:  # also again: the page with the claim may never have arrived
            return await self.handovers.give(taken.telegram_id, consented)
        if taken.again:
            raise AuthorizationReused
        await self._connect(taken.telegram_id, consented)
        return None

    async def complete(self, telegram_id: int, claim: str) -> None:
        """Connects what was consented to in another browser.

        Whoever was lured into consenting comes here as themselves and is refused: AuthorizationForeign. Otherwise
        raises as `finish` does.
        """
        begun_by, consented = await self.handovers.take(claim, Consented)
        if begun_by != telegram_id:
            raise AuthorizationForeign
        await self._connect(telegram_id, consented)

    async def status(self, telegram_id: int) -> ConnectionStatus:
        """The member's connection; a stranger is simply not connected."""
        row = await self._database.read(lambda session: ConnectionStore(session).of_telegram_id(telegram_id))
        if row is None:
            return ConnectionStatus("not_connected", None, None, None)
        state = "connected" if row.state in {"active", "suspect"} else "reauth_required"
        return ConnectionStatus(state, row.athlete_id, format_scope(parse_scope(row.scope)), row.updated_at)

    def _begin(
        self,
        session: Session,
        state: str,
        telegram_id: int,
        vouched_at: datetime,
        *,
        browser: str,
        in_telegram: bool,
    ) -> frozenset[str]:
        """Keeps the state; what the member has granted so far."""
        now, store = self._now(), ConnectionStore(session)
        self._membership.join(session, telegram_id, vouched_at)
        end = now + STATE_LIFE
        store.add_state(state, telegram_id, browser=browser, in_telegram=in_telegram, now=now, expires_at=end)
        found = store.of_telegram_id(telegram_id)
        return frozenset() if found is None else parse_scope(found.scope)

    async def _connect(self, telegram_id: int, consented: Consented) -> None:
        keep = partial(self._store, telegram_id=telegram_id, consented=consented)
        try:
            ended = await self._consents.grants.obtain(consented.code, keep)
        except CodeRefused:
            raise AuthorizationExpired from None
        if isinstance(ended, DomainError):
            raise ended
        structlog.get_logger(__name__).info("strava_connected", athlete_id=ended, scope=consented.scope)

    async def _has_connected(self, state_digest: str, *, wait: bool) -> bool:
        """Whether this authorization has connected; one that is being worked on is waited for."""
        for _ in range(_LOOKS if wait else 1):
            if await self._database.read(lambda session: ConnectionStore(session).has_connected(state_digest)):
                return True
            await asyncio.sleep(_LOOK_S if wait else 0)
        return False

    def _take_state(self, session: Session, callback: Callback) -> TakenState | None:
        now, store, code = self._now(), ConnectionStore(session), callback.code
        # also under a state that is old or made up: the code in it may be alive, and is now in someone's history
        fresh = code is None or store.first_sight(code, now=now, expires_at=now + CODE_MEMORY)
        taken = store.take_state(callback.state or "", callback.browser or "", code, now)
        return taken if taken is None or fresh else replace(taken, reused=True)

    def _store(
        self, session: Session, athlete_id: int, sealed: SealedTokens, *, telegram_id: int, consented: Consented
    ) -> Ended:
        """Keeps the connection with the notice of it. An error that is returned is raised once the rest is durable."""
        member = self._membership.still(session, telegram_id, consented.vouched_at)
        if member is None:  # erased while Strava was asked
            self._consents.revocations.give_up(session, EndedTokens.orphaned(athlete_id, sealed))
            return AuthorizationExpired()
        owner = self._link(session, member, athlete_id, {"scope": consented.scope, **token_columns(sealed)})
        if owner != member.id:
            return AthleteLinkedElsewhere()
        self._notices.connected(session, telegram_id, athlete_id, member.id)
        ConnectionStore(session).settle_state(consented.state_digest, self._now())
        write_down(session, "connected", [athlete_id], self._now())
        return athlete_id

    def _link(self, session: Session, member: Member, athlete_id: int, columns: dict[str, Any]) -> UUID:
        """Stores the connection; the member whose it is, who may be another one."""
        store = ConnectionStore(session)
        held = store.holder(athlete_id)
        owner = member.id if held is None else held.member_id
        # also for another owner: the consent may have ended the tokens that their connection lived on
        left = store.link(owner, athlete_id, columns, self._now())
        if left is not None:  # another athlete, of the member who connects
            self._forget(session, member.telegram_id, left.athlete_id)
            self._consents.revocations.give_up(session, left, member_id=owner)
        return owner
