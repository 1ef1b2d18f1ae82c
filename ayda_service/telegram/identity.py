"""From the Authorization header of a request to the member it comes from.

A Mini App shows its initData once and gets a session: a signed statement of who and until when, kept by nobody. Its key
is derived from the bot's token, so a new token ends every session.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from litestar import Request

from ayda_service.telegram.init_data import InitDataExpired, InvalidInitData, read_init_data
from kernel.contracts.ids import is_telegram_id
from servicekit.base.settings import Secret

READ_MAX_AGE_S: Final = 3600
CONNECT_MAX_AGE_S: Final = 300
SESSION_S: Final = 900
_PARTS: Final = 4

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, and when Telegram vouched for them (epoch seconds)."""

    telegram_id: int
    auth_date_s: int


class Doorkeeper:
    """Reads identities and hands out sessions."""

    def __init__(self, bot_token: Secret, *, now: Callable[[], datetime]) -> None:
        self._bot_token = bot_token
        self._session_key = hmac.digest(b"ayda session", bot_token.reveal().encode(), "sha256")
        self._now = now

    def identify(self, authorization: str | None, *, max_age_s: float = READ_MAX_AGE_S) -> Identity:
        """The identity behind an Authorization header, vouched for within `max_age_s`.

        Raises InvalidInitData or InitDataExpired.
        """
        scheme, _, credentials = (authorization or "").partition(" ")
        if scheme.lower() == "tma":
            token = self._bot_token.reveal()
            data = read_init_data(credentials, bot_token=token, now=self._now(), max_age_s=max_age_s)
            return Identity(data.telegram_id, data.auth_date_s)
        if scheme.lower() == "bearer":
            return self._resume(credentials, max_age_s)
        raise InvalidInitData

    def session(self, identity: Identity) -> tuple[str, int]:
        """A session for an identity, and the seconds it lives."""
        expires_s = int(self._now().timestamp()) + SESSION_S
        statement = f"{identity.telegram_id}.{identity.auth_date_s}.{expires_s}"
        return f"{statement}.{self._signature(statement)}", SESSION_S

    def _resume(self, session: str, max_age_s: float) -> Identity:
        parts = session.split(".")
        if len(parts) != _PARTS or not session.isascii():
            raise InvalidInitData
        statement = ".".join(parts[:3])
        if not hmac.compare_digest(self._signature(statement).encode(), parts[3].encode()):
            raise InvalidInitData
        telegram_id, auth_date_s, expires_s = parts[:3]
        if not is_telegram_id(telegram_id):
            raise InvalidInitData
        now_s = self._now().timestamp()
        if now_s >= int(expires_s) or now_s - int(auth_date_s) > max_age_s:
            raise InitDataExpired
        return Identity(int(telegram_id), int(auth_date_s))

    def _signature(self, statement: str) -> str:
        digest = hmac.digest(self._session_key, statement.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def identify(doorkeeper: Doorkeeper, request: AnyRequest, *, fresh: bool = False) -> Identity:
    """Who asks; `fresh` for what changes a connection. Raises InvalidInitData or InitDataExpired."""
    presented = request.headers.getall("Authorization", [])
    if len(presented) != 1:
        raise InvalidInitData
    return doorkeeper.identify(presented[0], max_age_s=CONNECT_MAX_AGE_S if fresh else READ_MAX_AGE_S)
