"""Who is an operator: whoever shows the key gets a session of an hour, kept by nobody but their browser.

A session is a signed statement. Its key is made from the operator's, so another key ends every session; it is never
renewed, so whoever stays longer shows the key again; and one that was left is refused, by the row that says so.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kernel.errors import DomainError
from servicekit.base.settings import Secret

SESSION_S: Final = 3600
SHORTEST_KEY: Final = 32
_PARTS: Final = 3
_ID_BYTES: Final = 16


class OperatorUnknown(DomainError):
    """There is no session, or it is over."""

    sentence = "This is for the operator, who signs in with the key of OPERATOR_KEY."


class ForeignForm(DomainError):
    """A form that this session was not given."""

    sentence = "This form is not of your session. Please go back, load the page again and repeat it."


@dataclass(frozen=True, slots=True)
class OperatorSession:
    """One stay: its id stands in the list of what was done."""

    id: str
    ends_s: int
    """Epoch seconds."""


class OperatorDoor:
    """Lets the holder of the key in."""

    def __init__(self, key: Secret | None, *, now: Callable[[], datetime]) -> None:
        """Without a key nobody is let in."""
        self._key = key
        self._signing = secrets.token_bytes(32) if key is None else _derived(key, b"operator session")
        self._now = now

    @property
    def has_key(self) -> bool:
        """Whether anybody can be let in."""
        return self._key is not None

    def opens(self, presented: str) -> bool:
        """Whether this is the key; it takes as long for every wrong one."""
        if self._key is None:
            return False
        return hmac.compare_digest(_derived(Secret(presented), b"shown"), _derived(self._key, b"shown"))

    def begin(self) -> tuple[str, OperatorSession]:
        """A new session, and what the browser keeps of it."""
        session = OperatorSession(secrets.token_hex(_ID_BYTES), int(self._now().timestamp()) + SESSION_S)
        statement = f"{session.id}.{session.ends_s}"
        return f"{statement}.{self._signature(statement)}", session

    def resume(self, kept: str | None) -> OperatorSession:
        """The session that a browser shows. Raises OperatorUnknown."""
        parts = (kept or "").split(".")
        if self._key is None or len(parts) != _PARTS or not (kept or "").isascii():
            raise OperatorUnknown
        signed = self._signature(".".join(parts[:2]))
        if not hmac.compare_digest(signed.encode(), parts[2].encode()):
            raise OperatorUnknown
        session = OperatorSession(parts[0], int(parts[1]))
        if self._now().timestamp() >= session.ends_s:
            raise OperatorUnknown
        return session

    def form_token(self, session: OperatorSession) -> str:
        """What every form of this session carries, and no other page can know."""
        return self._signature(f"form {session.id}")

    def check_form(self, session: OperatorSession, presented: str) -> None:
        """Raises ForeignForm."""
        if not hmac.compare_digest(self.form_token(session).encode(), presented.encode("utf-8", "replace")):
            raise ForeignForm

    def _signature(self, statement: str) -> str:
        digest = hmac.digest(self._signing, statement.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def parsed_key(text: str) -> Secret:
    """The key of a setting. Raises ValueError for one that could be guessed."""
    if len(text) < SHORTEST_KEY:
        raise ValueError(f"must have {SHORTEST_KEY} characters or more")
    return Secret(text)


def _derived(key: Secret, purpose: bytes) -> bytes:
    return hmac.digest(purpose, key.reveal().encode("utf-8", "replace"), "sha256")
