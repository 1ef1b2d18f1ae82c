"""Rows that a statement changed or that have become too old, on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, CursorResult, Delete, Update, delete, select, tuple_
from sqlalchemy.orm import Session


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
