"""From the Authorization header of a request to the member it comes from, before anything else of it is looked at.

A Mini App shows its initData once and gets a session: a signed statement of who and until when, kept by nobody. Its key
is derived from the bot's token, so a new token ends every session. Whoever was erased ends theirs.
"""

from __future__ import annotations

import base64
import hmac
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency, Provide
from litestar.handlers.base import BaseRouteHandler

from ayda_service.errors import ErasedSince
from ayda_service.telegram.init_data import InitDataExpired, InvalidInitData, read_init_data
from kernel.contracts.ids import is_telegram_id
from servicekit.base.settings import Secret
from servicekit.web.callers import AUTHORIZATION
from servicekit.web.doors import Guard
from servicekit.web.head import head_of

READ_MAX_AGE_S: Final = 3600
CONNECT_MAX_AGE_S: Final = 300
SESSION_S: Final = 900
_PARTS: Final = 4
_IDENTITY: Final = "identity"

AnyRequest = Request[Any, Any, Any]
WasErased = Callable[[int, datetime], Awaitable[bool]]
"""Whether the person with this Telegram id was erased at this moment or later."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, and when Telegram vouched for them (epoch seconds)."""

    telegram_id: int
    auth_date_s: int

    @property
    def vouched_at(self) -> datetime:
        """When Telegram vouched for them."""
        return datetime.fromtimestamp(self.auth_date_s, UTC)


Member = NamedDependency[Identity]
"""In a handler: who asks, as its guard found."""


class Doorkeeper:
    """Reads identities and hands out sessions."""

    def __init__(self, bot_token: Secret, *, now: Callable[[], datetime]) -> None:
        self._bot_token = bot_token
        self._session_key = hmac.digest(b"ayda session", bot_token.reveal().encode(), "sha256")
        self._now = now

    def identify(
        self, authorization: str | None, *, max_age_s: float = READ_MAX_AGE_S, sessions: bool = True
    ) -> Identity:
        """The identity behind an Authorization header, vouched for within `max_age_s`.

        Raises InvalidInitData, also for a session where none is taken, or InitDataExpired.
        """
        identity, ends_s = self._read(authorization, sessions=sessions)
        if self._is_over(identity, ends_s, max_age_s):
            raise InitDataExpired
        return identity

    def counted_as(self, authorization: str | None) -> str | None:
        """Under which name requests with this header are counted; None without a genuine proof.

        A proof that is too old is counted apart: whoever finds one must not use up what its member may ask.
        """
        try:
            identity, ends_s = self._read(authorization, sessions=True)
        except InvalidInitData:
            return None
        over = self._is_over(identity, ends_s, READ_MAX_AGE_S)
        return f"formerly {identity.telegram_id}" if over else str(identity.telegram_id)

    def session(self, identity: Identity) -> tuple[str, int]:
        """A session for an identity, and the seconds it lives: never longer than what it was opened with."""
        now_s = int(self._now().timestamp())
        # Telegram's clock may be ahead of ours; an erasure is measured by ours
        vouched_s = min(identity.auth_date_s, now_s)
        expires_s = min(now_s + SESSION_S, vouched_s + READ_MAX_AGE_S)
        statement = f"{identity.telegram_id}.{vouched_s}.{expires_s}"
        return f"{statement}.{self._signature(statement)}", expires_s - now_s

    def _is_over(self, identity: Identity, ends_s: float, max_age_s: float) -> bool:
        now_s = self._now().timestamp()
        return now_s >= ends_s or now_s - identity.auth_date_s > max_age_s

    def _read(self, authorization: str | None, *, sessions: bool) -> tuple[Identity, float]:
        """Whom the header vouches for, and when it ends by itself (epoch seconds)."""
        scheme, _, credentials = (authorization or "").partition(" ")
        if scheme.lower() == "tma":
            token = self._bot_token.reveal()
            data = read_init_data(credentials, bot_token=token, now=self._now(), max_age_s=math.inf)
            return Identity(data.telegram_id, data.auth_date_s), math.inf
        if scheme.lower() == "bearer" and sessions:
            return self._resume(credentials)
        raise InvalidInitData

    def _resume(self, session: str) -> tuple[Identity, float]:
        parts = session.split(".")
        if len(parts) != _PARTS or not session.isascii():
            raise InvalidInitData
        statement = ".".join(parts[:3])
        if not hmac.compare_digest(self._signature(statement).encode(), parts[3].encode()):
            raise InvalidInitData
        telegram_id, auth_date_s, expires_s = parts[:3]
        if not is_telegram_id(telegram_id):
            raise InvalidInitData
        return Identity(int(telegram_id), int(auth_date_s)), int(expires_s)

    def _signature(self, statement: str) -> str:
        digest = hmac.digest(self._session_key, statement.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class MemberGuards:
    """Who is let in at the routes of members. Guards run before anything of a body is received."""

    recent: Guard
    """A proof of the last hour, or a session."""
    fresh: Guard
    """A proof of the last five minutes: for what changes a connection, or ends it."""
    opening: Guard
    """As `recent`, and no session, which would renew itself."""
    leaving: Guard
    """As `fresh`, and whoever was erased since is let in too: to be told again that they were."""
    former: Guard
    """As `recent`, and whoever was erased since is let in too: for what is read afterwards."""


def member_guards(doorkeeper: Doorkeeper, was_erased: WasErased) -> MemberGuards:
    """The guards of a service; each raises InvalidInitData, InitDataExpired or ErasedSince."""

    def guard(*, max_age_s: float = READ_MAX_AGE_S, sessions: bool = True, former: bool = False) -> Guard:
        async def letting_in(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
            presented = head_of(connection.scope).single(AUTHORIZATION)
            identity = doorkeeper.identify(presented, max_age_s=max_age_s, sessions=sessions)
            if not former and await was_erased(identity.telegram_id, identity.vouched_at):
                raise ErasedSince
            connection.scope["state"][_IDENTITY] = identity

        return letting_in

    return MemberGuards(
        recent=guard(),
        fresh=guard(max_age_s=CONNECT_MAX_AGE_S),
        opening=guard(sessions=False),
        leaving=guard(max_age_s=CONNECT_MAX_AGE_S, former=True),
        former=guard(former=True),
    )


def _identity(request: AnyRequest) -> Identity:
    """KeyError at a route without a guard, which is a mistake of ours."""
    identity: Identity = request.scope["state"][_IDENTITY]
    return identity


IDENTIFIED: Final = {_IDENTITY: Provide(_identity, sync_to_thread=False)}
"""The dependencies of a router whose handlers take a Member."""
