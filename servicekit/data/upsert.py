"""INSERT that leaves existing rows alone, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Insert, Table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.expression import ClauseElement, Executable

Target = Table | type[DeclarativeBase]


class _OnConflictDoNothing(ClauseElement):
    inherit_cache = True
    _traverse_internals = []  # noqa: RUF012 - what SQLAlchemy asks for; nothing of the words varies


class _InsertAbsent(Insert):
    """An INSERT whose text is kept: the dialects' own ones are put into words anew at each execution."""

    inherit_cache = True
    _post_values_clause = _OnConflictDoNothing()


@compiles(_OnConflictDoNothing)
def _words(*_: object, **__: object) -> str:
    return "ON CONFLICT DO NOTHING"


def insert_if_absent(session: Session, target: Target, values: Mapping[str, Any]) -> bool:
    """Whether the row was new; a row that breaks any uniqueness rule is not inserted and raises nothing."""
    return bool(insert_absent(session, target, [values]))


def insert_absent(session: Session, target: Target, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The keys of the rows that were new; the first of two equal ones is. The rows have the same columns."""
    if not rows:
        return []
    table = target if isinstance(target, Table) else cast("Table", target.__table__)
    # one row by itself, many in as few statements as the database takes
    given = [dict(row) for row in rows]
    return list(session.scalars(_insert(table), given if len(given) > 1 else given[0]))


@cache
def _insert(table: Table) -> Executable:
    return _InsertAbsent(table).returning(table.primary_key.columns[0])
