"""INSERT that leaves existing rows alone, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def insert_if_absent(session: Session, model: type[DeclarativeBase], values: Mapping[str, Any]) -> bool:
    """Whether the row was new; a row that breaks any uniqueness rule is not inserted and raises nothing."""
    return bool(insert_absent(session, model, [values]))


def insert_absent(session: Session, model: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The keys of the rows that were new, in one statement; the first of two equal ones is."""
    if not rows:
        return []
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    key = model.__mapper__.primary_key[0]
    statement = make(model).values([dict(row) for row in rows]).on_conflict_do_nothing().returning(key)
    return list((session.execute(statement)).scalars())
