"""The answers of requests by the keys that came with them, for a day.

The claim of a key, the work and its answer are one transaction, so others see a key only with its answer: whoever comes
second waits for the first, and works itself only when the first was rolled back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from kernel.errors import DomainError
from servicekit.data.columns import UtcDateTime
from servicekit.data.rows import delete_until
from servicekit.data.upsert import insert_if_absent

MAX_KEY_LENGTH: Final = 255
LIFETIME: Final = timedelta(days=1)


class IdempotencyConflict(DomainError):
    """The key was used for another request."""

    sentence = "This Idempotency-Key was used for a different request; use a new key."


class BadIdempotencyKey(DomainError):
    """The key is empty, too long, or not plain printable ASCII."""

    sentence = f"An Idempotency-Key is 1 to {MAX_KEY_LENGTH} printable ASCII characters."


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """One request's claim to its key; BadIdempotencyKey for one that cannot be kept.

    `scope` keeps apart callers and endpoints, `fingerprint` requests; `about` is the Telegram id of whom the answer
    tells.
    """

    key: str
    scope: str
    fingerprint: str
    about: str | None = None

    def __post_init__(self) -> None:
        if not (0 < len(self.key) <= MAX_KEY_LENGTH and self.key.isascii() and self.key.isprintable()):
            raise BadIdempotencyKey


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a request."""

    status: int
    body: bytes


def fingerprint(*parts: bytes) -> str:
    """A digest of everything that makes a request the same request: method, path, query, body."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def idempotency_table(metadata: MetaData) -> Table:
    """The table of answers; the service's own migration creates it."""
    return Table(
        "idempotency_key",
        metadata,
        Column("scope", String(100), primary_key=True),
        Column("key", String(MAX_KEY_LENGTH), primary_key=True),
        Column("fingerprint", String(64), nullable=False),
        Column("status", Integer()),
        Column("body", LargeBinary()),
        Column("created_at", UtcDateTime(), nullable=False),
        # whom the answer is about, to be forgotten with them
        Column("telegram_id", String(19), index=True),
        Index("ix_idempotency_key_created_at", "created_at"),
    )


class IdempotencyKeys:
    """Answers by key, in the caller's unit of work."""

    def __init__(self, table: Table, *, now: Callable[[], datetime]) -> None:
        self._table = table
        self._now = now

    def known(self, session: Session, claim: KeyClaim) -> Answer | None:
        """The stored answer; None when there is none that may be given again. Raises IdempotencyConflict."""
        table = self._table
        lives = table.c.created_at > self._expired()
        found = select(table.c.fingerprint, table.c.status, table.c.body).where(self._is(claim), lives)
        row = session.execute(found).one_or_none()
        if row is None:
            return None
        if row.fingerprint != claim.fingerprint or row.status is None:
            raise IdempotencyConflict
        return Answer(row.status, row.body)

    def replay_or_run(
        self,
        session: Session,
        claim: KeyClaim,
        run: Callable[[], Answer],
        *,
        is_known: Callable[[Session, str], bool] | None = None,
    ) -> Answer:
        """The stored answer, or what `run` answers in this transaction. Raises IdempotencyConflict.

        When `run` raises, and with it the transaction, nothing is stored. Whom the answer tells of is stored only if
        they are known: somebody unknown may have been erased a moment ago.
        """
        table = self._table
        session.execute(delete(table).where(self._is(claim), table.c.created_at <= self._expired()))
        row = {"scope": claim.scope, "key": claim.key, "fingerprint": claim.fingerprint, "created_at": self._now()}
        if not insert_if_absent(session, table, row):
            stored = self.known(session, claim)
            if stored is None:
                raise IdempotencyConflict
            return stored
        answer = run()
        about = claim.about
        named = about if about is None or is_known is None or is_known(session, about) else None
        kept = {"status": answer.status, "body": answer.body, "telegram_id": named}
        session.execute(update(table).where(self._is(claim)).values(kept))
        return answer

    def purge(self, session: Session) -> None:
        """Deletes the answers that are too old to be replayed: a periodic job's work."""
        delete_until(session, self._table.c.created_at, self._expired())

    def _expired(self) -> datetime:
        return self._now() - LIFETIME

    def _is(self, claim: KeyClaim) -> ColumnElement[bool]:
        return (self._table.c.scope == claim.scope) & (self._table.c.key == claim.key)
