"""The table of answers by key, and every statement over it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from servicekit.data.columns import UtcDateTime
from servicekit.data.rows import delete_until
from servicekit.data.upsert import insert_if_absent

MAX_KEY_LENGTH: Final = 255


@dataclass(frozen=True, slots=True)
class Key:
    """A key as one caller uses it at one endpoint: `scope` keeps these apart."""

    scope: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The stored answer of a request."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a key."""

    fingerprint: str
    answer: Answer | None


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


class AnswerStore:
    """Answers by key, in the caller's unit of work."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, session: Session, key: Key, now: datetime, *, expired: datetime) -> bool:
        """Whether the key is the caller's now: it was free, or its answer as old as `expired`."""
        session.execute(delete(self._table).where(self._is(key.scope, key.key), self._table.c.created_at <= expired))
        row = {"scope": key.scope, "key": key.key, "fingerprint": key.fingerprint, "created_at": now}
        return insert_if_absent(session, self._table, row)

    def find(self, session: Session, key: Key, *, expired: datetime) -> Kept | None:
        """What is known of the key, unless it is as old as `expired`."""
        table = self._table
        known = select(table.c.fingerprint, table.c.status, table.c.body)
        row = session.execute(known.where(self._is(key.scope, key.key), table.c.created_at > expired)).one_or_none()
        if row is None:
            return None
        return Kept(row.fingerprint, None if row.status is None else Answer(row.status, row.body))

    def keep(self, session: Session, scope: str, key: str, answer: Answer, telegram_id: str | None) -> None:
        """Stores the answer of a taken key."""
        kept = {"status": answer.status, "body": answer.body, "telegram_id": telegram_id}
        session.execute(update(self._table).where(self._is(scope, key)).values(kept))

    def purge(self, session: Session, expired: datetime) -> None:
        """Deletes the answers as old as `expired`."""
        delete_until(session, self._table.c.created_at, expired)

    def _is(self, scope: str, key: str) -> ColumnElement[bool]:
        return (self._table.c.scope == scope) & (self._table.c.key == key)
