"""Rows of one table, rows that a statement changed, rows that have become too old, and turns: on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from advanced_alchemy.base import AdvancedDeclarativeBase
from advanced_alchemy.repository import SQLAlchemySyncRepository
from sqlalchemy import Column, CursorResult, Delete, Update, delete, func, select, tuple_
from sqlalchemy.orm import Session

M = TypeVar("M", bound=AdvancedDeclarativeBase)


class PlainRows(SQLAlchemySyncRepository[M]):
    """A store of plain rows inside the caller's unit of work, which alone commits; errors are the database's own."""

    session: Session

    def __init__(self, session: Session) -> None:
        super().__init__(session=session, auto_refresh=False, wrap_exceptions=False)


def changed(session: Session, statement: Update | Delete) -> int:
    """How many rows the statement changed or deleted."""
    result = session.execute(statement)
    return max(0, result.rowcount) if isinstance(result, CursorResult) else 0


def delete_until(session: Session, column: Column[Any], last: datetime, *, most: int | None = None) -> int:
    """Deletes the rows whose instant in this column is `last` or earlier; how many there were.

    With `most` no more than so many at once: SQLite has one writer, and others wait for it.
    """
    old = column <= last
    if most is not None:
        key = tuple_(*column.table.primary_key)
        old = key.in_(select(*column.table.primary_key).where(old).limit(most))
    return changed(session, delete(column.table).where(old))


def take_turn(session: Session, name: str) -> None:
    """Nobody else takes a turn of this name until the transaction ends; for what has no row yet that could be locked.

    SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
