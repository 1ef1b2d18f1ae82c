"""What Strava's push events mean, and whether they are signed; no I/O.

A signed event carries `X-Strava-Signature: t=<epoch seconds>,v1=<hex>`, the HMAC-SHA256 of `"{t}.{raw body}"`. Only `t`
says when it was sent: `event_time` is when something happened, and retries come many minutes later.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec

from kernel.errors import DomainError

TOLERANCE_S: Final = 300.0
"""How old, or how far in the future, a signature may be."""
MOST_HEADER: Final = 2_000
MOST_UPDATES: Final = 20
MOST_VALUE: Final = 500
_V1: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_T: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_TEXT: Final = {True: "true", False: "false", None: "null"}

Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9_.-]+\Z")]
"""Plain, because a database may refuse some text, and with it all that is stored in the same transaction."""


class BadEvent(DomainError):
    """The body is no push event."""

    sentence = "This is not a push event as Strava documents it."


@dataclass(frozen=True, slots=True)
class Event:
    """One push event, normalised: every value of `updates` is text, also where Strava sends a flag or nothing."""

    object_type: str
    object_id: int
    aspect_type: str
    owner_id: int
    subscription_id: int
    event_time_s: int
    updates: Mapping[str, str]

    @property
    def updates_digest(self) -> str:
        """64 hex digits that tell two updates of one second apart."""
        return hashlib.sha256(msgspec.json.encode(sorted(self.updates.items()))).hexdigest()

    @property
    def is_deauthorisation(self) -> bool:
        """Whether the athlete may have withdrawn their consent.

        The presence of `authorized` counts and not its value, on which Strava's own texts disagree; the token tells.
        """
        return self.object_type == "athlete" and self.aspect_type == "update" and "authorized" in self.updates

    @property
    def is_about_activity(self) -> bool:
        """Whether an activity was created, changed or deleted."""
        return self.object_type == "activity" and self.aspect_type in {"create", "update", "delete"}


class _Wire(msgspec.Struct):
    object_type: Word
    object_id: Id
    aspect_type: Word
    owner_id: Id
    subscription_id: Id
    event_time_s: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = msgspec.field(name="event_time")
    updates: dict[str, Any] | None = None


def parse_event(body: bytes) -> Event:
    """The event in a request body. Raises BadEvent for anything else, however it is damaged or nested."""
    try:
        wire = msgspec.json.decode(body, type=_Wire)
        updates = {name[:MOST_VALUE]: _as_text(value) for name, value in list((wire.updates or {}).items())}
    except (ValueError, RecursionError):
        raise BadEvent from None
    if len(updates) > MOST_UPDATES:
        raise BadEvent
    return Event(**{**msgspec.structs.asdict(wire), "updates": updates})


def _as_text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return _TEXT[value]
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text[:MOST_VALUE]


def sign(secret: str, body: bytes, at_s: int) -> str:
    """The header that proves the body with this secret at this time."""
    return f"t={at_s},v1={_digest(secret, body, str(at_s))}"


def is_signed(header: str, body: bytes, secrets: Iterable[str], now_s: float) -> bool:
    """Whether one of the secrets signed exactly these bytes within five minutes of `now_s`.

    Each secret is tried against each `v1`, in a time that does not depend on where they differ.
    """
    parts = [part.strip().partition("=")[::2] for part in header[:MOST_HEADER].split(",")]
    times = [value for name, value in parts if name == "t" and _T.fullmatch(value)]
    presented = [value for name, value in parts if name == "v1" and _V1.fullmatch(value)]
    if len(times) != 1 or not abs(now_s - int(times[0])) <= TOLERANCE_S:
        return False
    matches = [hmac.compare_digest(_digest(secret, body, times[0]), value) for secret in secrets for value in presented]
    return any(matches)


def same_text(presented: str, expected: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(presented.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))


def path_secret(verify_token: str) -> str:
    """The 32 hex digits that make the callback's address unguessable to all who do not know the verify token."""
    return hmac.new(verify_token.encode(), b"strava webhook path", hashlib.sha256).hexdigest()[:32]


def _digest(secret: str, body: bytes, at: str) -> str:
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
