"""INSERT that leaves existing rows alone, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

Target = Table | type[DeclarativeBase]


def insert_if_absent(session: Session, target: Target, values: Mapping[str, Any]) -> bool:
    """Whether the row was new; a row that breaks any uniqueness rule is not inserted and raises nothing."""
    return bool(insert_absent(session, target, [values]))


def insert_absent(session: Session, target: Target, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The keys of the rows that were new; the first of two equal ones is. The rows have the same columns."""
    if not rows:
        return []
    table = target if isinstance(target, Table) else cast("Table", target.__table__)
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = make(table).on_conflict_do_nothing().returning(table.primary_key.columns[0])
    # one row by itself, many in as few statements as the database takes
    given = [dict(row) for row in rows]
    return list(session.scalars(statement, given if len(given) > 1 else given[0]))
