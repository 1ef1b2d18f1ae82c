"""Rows of one table, rows that a statement changed, rows that have become too old, and turns: on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, TypeVar

from advanced_alchemy.base import AdvancedDeclarativeBase
from advanced_alchemy.repository import SQLAlchemySyncRepository
from sqlalchemy import Column, CursorResult, Delete, Update, delete, func, literal, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

M = TypeVar("M", bound=AdvancedDeclarativeBase)
MOST_COUNTED: Final = 50_000
"""Of one state, for whoever looks twice a minute: ten milliseconds of an index."""


class PlainRows(SQLAlchemySyncRepository[M]):
    """A store of plain rows inside the caller's unit of work, which alone commits; errors are the database's own."""

    session: Session

    def __init__(self, session: Session) -> None:
        super().__init__(session=session, auto_refresh=False, wrap_exceptions=False)


def changed(session: Session, statement: Update | Delete) -> int:
    """How many rows the statement changed or deleted."""
    result = session.execute(statement)
    return max(0, result.rowcount) if isinstance(result, CursorResult) else 0


def counted(
    session: Session, column: InstrumentedAttribute[Any] | Column[Any], values: Iterable[str]
) -> dict[str, int]:
    """How many rows have each of these values, MOST_COUNTED at most; those that no row has are left out.

    An index begins with the column.
    """
    each = []
    for value in values:
        some = select(literal(1)).where(column == value).limit(MOST_COUNTED).subquery()
        each.append(select(literal(value), select(func.count()).select_from(some).scalar_subquery()))
    return {value: count for value, count in session.execute(union_all(*each)) if count}


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
