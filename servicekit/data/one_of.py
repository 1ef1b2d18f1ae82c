"""`column IN (...)` with all of the values as one: a statement that is the same however many there are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self

import msgspec
from sqlalchemy import Boolean, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine


def one_of(column: ColumnElement[Any], name: str) -> FunctionElement[bool]:
    """Whether a column of texts or numbers has one of the values that are bound as `name`: any collection, empty too.

    SQLAlchemy's own way writes a place for each value into the statement, anew at each execution.
    """
    return _OneOf(column, bindparam(name, type_=_Many(column.type)))


class _Many(TypeDecorator[Collection[Any]]):
    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.item))

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> str | list[Any] | None:
        values = list(value or ())
        return msgspec.json.encode(values).decode() if dialect.name == "sqlite" else values


class _OneOf(FunctionElement[bool]):
    name = "one_of"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Self:  # noqa: ARG002 - SQLAlchemy's own
        """Itself: a comparison already, which no index serves once SQLite is asked whether it is 1."""
        return self


@compiles(_OneOf, "sqlite")
def _on_sqlite(element: _OneOf, compiler: SQLCompiler, **how: Any) -> str:
    column, values = (compiler.process(each, **how) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - two parts that SQLAlchemy wrote


@compiles(_OneOf, "postgresql")
def _on_postgres(element: _OneOf, compiler: SQLCompiler, **how: Any) -> str:
    column, values = (compiler.process(each, **how) for each in element.clauses)
    return f"{column} = ANY ({values})"
