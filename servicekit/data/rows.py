"""Rows that a statement changed or that have become too old, on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, CursorResult, Delete, Update, delete
from sqlalchemy.orm import Session


def changed(session: Session, statement: Update | Delete) -> int:
    """How many rows the statement changed or deleted."""
    result = session.execute(statement)
    return max(0, result.rowcount) if isinstance(result, CursorResult) else 0


def delete_until(session: Session, column: Column[Any], last: datetime) -> int:
    """Deletes the rows whose instant in this column is `last` or earlier; how many there were."""
    return changed(session, delete(column.table).where(column <= last))
