"""Whose a key is, and whether its answer may be given again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Table
from sqlalchemy.orm import Session

from kernel.errors import DomainError
from servicekit.web.idempotency.store import MAX_KEY_LENGTH, Answer, AnswerStore, Kept, Key

LIFETIME_S: Final = 86_400.0


class IdempotencyConflict(DomainError):
    """The key was used for another request."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for a different request; use a new key.")


class BadIdempotencyKey(DomainError):
    """The key is empty, too long, or not plain printable ASCII."""

    def __init__(self) -> None:
        super().__init__(f"An Idempotency-Key is 1 to {MAX_KEY_LENGTH} printable ASCII characters.")


def fingerprint(*parts: bytes) -> str:
    """A digest of everything that makes a request the same request: method, path, query, body."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


class IdempotencyKeys:
    """Answers by key, for a day; `scope` keeps apart callers and endpoints."""

    def __init__(self, table: Table, *, now: Callable[[], datetime], lifetime_s: float = LIFETIME_S) -> None:
        self._store = AnswerStore(table)
        self._now = now
        self._lifetime = timedelta(seconds=lifetime_s)

    def known(self, session: Session, key: str, *, scope: str, fingerprint: str) -> Answer | None:
        """The stored answer, from a session that only reads; None when there is none that may be given again.

        Raises IdempotencyConflict, BadIdempotencyKey.
        """
        asked = _checked(key, scope, fingerprint)
        kept = self._store.find(session, asked, expired=self._expired())
        return None if kept is None else _answer(kept, asked)

    def replay_or_run(
        self,
        session: Session,
        key: str,
        *,
        scope: str,
        fingerprint: str,
        run: Callable[[], Answer],
        telegram_id: str | None = None,
    ) -> tuple[Answer, bool]:
        """The stored answer and True, or what `run` answers in this transaction and False.

        `telegram_id` is whom the answer is about. When `run` raises, and with it the transaction, nothing is stored.
        Raises IdempotencyConflict, BadIdempotencyKey.
        """
        stored = self.claim(session, key, scope=scope, fingerprint=fingerprint)
        if stored is not None:
            return stored, True
        answer = run()
        self.keep(session, key, scope=scope, answer=answer, telegram_id=telegram_id)
        return answer, False

    def claim(self, session: Session, key: str, *, scope: str, fingerprint: str) -> Answer | None:
        """The stored answer; None when the key is now the caller's, who calls `keep` in the same transaction."""
        asked = _checked(key, scope, fingerprint)
        if self._store.take(session, asked, self._now(), expired=self._expired()):
            return None
        return _answer(self._store.find(session, asked, expired=self._expired()), asked)

    def keep(self, session: Session, key: str, *, scope: str, answer: Answer, telegram_id: str | None = None) -> None:
        """Stores the answer of a claimed key."""
        self._store.keep(session, scope, key, answer, telegram_id)

    def purge(self, session: Session) -> None:
        """Deletes the answers that are too old to be replayed: a periodic job's work."""
        self._store.purge(session, self._expired())

    def _expired(self) -> datetime:
        return self._now() - self._lifetime


def _checked(key: str, scope: str, fingerprint: str) -> Key:
    if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        raise BadIdempotencyKey
    return Key(scope, key, fingerprint)


def _answer(kept: Kept | None, asked: Key) -> Answer:
    if kept is None or kept.fingerprint != asked.fingerprint or kept.answer is None:
        raise IdempotencyConflict
    return kept.answer
