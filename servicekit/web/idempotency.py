"""A request sent twice has one effect and one answer.

The claim of a key, the work and its answer are one transaction, so others see a key only with its answer: whoever comes
second waits for the first, and works itself only when the first was rolled back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.errors import DomainError
from servicekit.data.columns import UtcDateTime

LIFETIME_S = 86_400.0
MAX_KEY_LENGTH = 255


class IdempotencyConflict(DomainError):
    """The key was used for another request."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for a different request; use a new key.")


class BadIdempotencyKey(DomainError):
    """The key is empty, too long, or not plain printable ASCII."""

    def __init__(self) -> None:
        super().__init__(f"An Idempotency-Key is 1 to {MAX_KEY_LENGTH} printable ASCII characters.")


@dataclass(frozen=True, slots=True)
class Answer:
    """The stored answer of a request."""

    status: int
    body: bytes


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


def fingerprint(*parts: bytes) -> str:
    """A digest of everything that makes a request the same request: method, path, query, body."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


class IdempotencyKeys:
    """Answers by key, for a day."""

    def __init__(self, table: Table, *, now: Callable[[], datetime], lifetime_s: float = LIFETIME_S) -> None:
        self._table = table
        self._now = now
        self._lifetime = timedelta(seconds=lifetime_s)

    async def replay_or_run(
        self,
        session: AsyncSession,
        key: str,
        *,
        scope: str,
        fingerprint: str,
        run: Callable[[], Awaitable[Answer]],
        telegram_id: str | None = None,
    ) -> tuple[Answer, bool]:
        """The stored answer and True, or what `run` answers in this transaction and False.

        `telegram_id` is whom the answer is about; `scope` keeps apart callers and endpoints. When `run` raises, and
        with it the transaction, nothing is stored.
        Raises IdempotencyConflict, BadIdempotencyKey.
        """
        stored = await self.claim(session, key, scope=scope, fingerprint=fingerprint)
        if stored is not None:
            return stored, True
        answer = await run()
        await self.keep(session, key, scope=scope, answer=answer, telegram_id=telegram_id)
        return answer, False

    async def claim(self, session: AsyncSession, key: str, *, scope: str, fingerprint: str) -> Answer | None:
        """The stored answer; None when the key is now the caller's, who calls `keep` in the same transaction."""
        if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
            raise BadIdempotencyKey
        table, now = self._table, self._now()
        mine = (table.c.scope == scope) & (table.c.key == key)
        await session.execute(delete(table).where(mine, table.c.created_at <= now - self._lifetime))
        build = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
        row = {"scope": scope, "key": key, "fingerprint": fingerprint, "created_at": now}
        statement = build(table).on_conflict_do_nothing().returning(table.c.key)
        if (await session.execute(statement, row)).first() is not None:
            return None
        found = (await session.execute(select(table).where(mine))).one()
        if found.fingerprint != fingerprint or found.status is None:
            raise IdempotencyConflict
        return Answer(found.status, found.body)

    async def keep(
        self, session: AsyncSession, key: str, *, scope: str, answer: Answer, telegram_id: str | None = None
    ) -> None:
        """Stores the answer of a claimed key."""
        table = self._table
        mine = (table.c.scope == scope) & (table.c.key == key)
        kept = {"status": answer.status, "body": answer.body, "telegram_id": telegram_id}
        await session.execute(update(table).where(mine).values(**kept))

    async def purge(self, session: AsyncSession) -> None:
        """Deletes the answers that are too old to be replayed: a periodic job's work."""
        expired = self._table.c.created_at <= self._now() - self._lifetime
        await session.execute(delete(self._table).where(expired))
