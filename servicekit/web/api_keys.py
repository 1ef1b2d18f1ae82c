"""The keys with which the services know each other: several active ones per direction, to rotate without a gap."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self, cast

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Scope

from kernel.errors import DomainError
from servicekit.base.clock import utc_now
from servicekit.base.settings import Secret
from servicekit.web.doors import Guard
from servicekit.web.head import head_of

API_KEY_HEADER: Final = "X-API-Key"
SHORTEST: Final = 32
_FOUND: Final = "ayda.key"
_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
_SECRET = re.compile(r"[!-~]+", re.ASCII)


class InternalApiNotConfigured(DomainError):
    """There is no key, so nobody is let in."""

    sentence = "The internal API has no active key configured, so it refuses every call."


class InvalidApiKey(DomainError):
    """The presented key is missing, wrong, expired or ambiguous; which of them is not told."""

    sentence = "This call needs a valid key in the X-API-Key header."


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key: the id appears in logs, the secret nowhere; it works before `expires_at`."""

    key_id: str
    secret: Secret
    expires_at: datetime | None = None
    digest: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", _digest(self.secret.reveal()))

    def active(self, now: datetime) -> bool:
        """Whether the key works at this moment."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The keys of one direction, the one to send first."""

    keys: tuple[ApiKey, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Keys from `id:secret[@expiry],...` or from one bare secret; ValueError without the text when malformed."""
        if not text.strip():
            return cls()
        if ":" not in text and "," not in text:
            return cls((ApiKey("default", _secret(text.strip())),))
        keys = tuple(_key(part.strip()) for part in text.split(",") if part.strip())
        if len({key.key_id for key in keys}) != len(keys):
            raise ValueError("two API keys have the same id")
        return cls(keys)

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """As `parse`, of keys that nobody can guess: ValueError for a shorter one."""
        keys = cls.parse(text)
        for key in keys.keys:
            if len(key.secret.reveal()) < SHORTEST:
                raise ValueError(f"an API key must have {SHORTEST} characters or more")
        return keys

    def __bool__(self) -> bool:
        return bool(self.keys)

    def verify(self, presented: str | None, now: datetime) -> str | None:
        """The id of the active key that was presented, None if it is none of them; as slow for every answer."""
        digest = _digest(presented or "")
        found: str | None = None
        for key in self.keys:
            same = hmac.compare_digest(key.digest, digest)
            if same and key.active(now) and presented:
                found = key.key_id
        return found

    def sending(self, now: datetime) -> Secret:
        """The secret to present now, of the first key not expired; InternalApiNotConfigured if there is none."""
        for key in self.keys:
            if key.active(now):
                return key.secret
        raise InternalApiNotConfigured


def api_key_guard(keys: ApiKeys | None = None, *, now: Callable[[], datetime] = utc_now) -> Guard:
    """A Litestar guard that lets only holders of an active key in; a coroutine, since Litestar runs others in a thread.

    Without `keys` it reads `app.state.api_keys` at each call, for routes that are made before the settings are known.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        expected: ApiKeys | None = connection.app.state.get("api_keys") if keys is None else keys
        if not expected:
            raise InternalApiNotConfigured
        key_id = key_shown(connection.scope, expected, now)
        if key_id is None:
            raise InvalidApiKey
        connection.scope["state"]["api_key_id"] = key_id

    return guard


def key_shown(scope: Scope, keys: ApiKeys, now: Callable[[], datetime]) -> str | None:
    """The id of the key that a request shows, None if it is none of these; found once for a request, whoever asks."""
    kept = cast("dict[str, Any]", scope)
    found: tuple[ApiKeys, str | None] | None = kept.get(_FOUND)
    if found is None or found[0] is not keys:
        presented = head_of(scope).single(API_KEY_HEADER)
        found = kept[_FOUND] = (keys, keys.verify(presented, now()))
    return found[1]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _secret(text: str) -> Secret:
    if not _SECRET.fullmatch(text):
        raise ValueError("an API key must be printable ASCII without spaces")
    return Secret(text)


def _key(part: str) -> ApiKey:
    key_id, colon, rest = part.partition(":")
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise ValueError("an API key must be written id:secret or id:secret@expiry, keys separated by commas")
    secret, _at, expiry = rest.partition("@")
    return ApiKey(key_id, _secret(secret), _expiry(expiry) if _at else None)


def _expiry(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("the expiry of an API key must be an ISO 8601 date or time") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
