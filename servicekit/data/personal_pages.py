"""Everything that is one person's, shown in pages: one is in memory at a time, and no transaction waits for a reader.

What it guarantees: each page is one state of the database, and a row that is there all the time is shown once. What is
written or erased meanwhile is shown or not. Rows come by table, parents before what hangs on them, and by their keys.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import (
    Column,
    LargeBinary,
    MetaData,
    RowMapping,
    Table,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from servicekit.data.personal_rows import Keys, is_internal, personal_tables, rows_of

PAGE_BYTES: Final = 1024 * 1024
"""What the large columns of a page may have together; one row alone may have more."""
PAGE_ROWS: Final = 500

Opener: TypeAlias = Callable[[Session, RowMapping], Mapping[str, Any]]
"""What is shown of a row that does not lie as its owner knows it."""
ShownRow: TypeAlias = tuple[str, Mapping[str, Any]]
"""The name of its table, and its values."""


class BadPlace(ValueError):
    """A text that is no place in an export."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an export goes on: after this row of this table."""

    table: str
    key: tuple[Any, ...]

    def to_text(self) -> str:
        """The place for an address."""
        return base64.urlsafe_b64encode(msgspec.json.encode((self.table, self.key))).rstrip(b"=").decode()

    @classmethod
    def of_text(cls, text: str, metadata: MetaData) -> Place:
        """The place that `to_text` wrote. Raises BadPlace."""
        try:
            name, given = msgspec.json.decode(
                base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=tuple[str, list[Any]]
            )
            columns = metadata.tables[name].primary_key.columns
            key = [
                msgspec.convert(value, column.type.python_type, strict=False)
                for value, column in zip(given, columns, strict=True)
            ]
        except (binascii.Error, ValueError, KeyError, TypeError):  # msgspec's errors are ValueErrors
            raise BadPlace(text[:20]) from None
        return cls(name, tuple(key))


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and where the next ones are; None after the last."""

    rows: Sequence[ShownRow]
    next: Place | None


class PersonalPages:
    """The rows of one service's tables, page by page. `openers` are by table."""

    def __init__(self, metadata: MetaData, openers: Mapping[str, Opener] | None = None) -> None:
        self._metadata = metadata
        self._openers = openers or {}

    def page(self, session: Session, keys: Keys, after: Place | None) -> Page:
        """The rows that follow, without secrets: as many as fit, and at least one while there are any."""
        tables = list(reversed(personal_tables(self._metadata, keys)))
        names = [table.name for table in tables]
        begin = 0 if after is None else names.index(after.table) if after.table in names else len(names)
        for table in tables[begin:]:
            key = after.key if after is not None and after.table == table.name else None
            mine = rows_of(table, keys)
            chosen = [] if mine is None else _next_keys(session, table, mine, key)
            if chosen:  # what of it is erased this very moment is not shown, and what follows still is
                rows = self._rows(session, table, chosen)
                name = str(table.name)  # else it is a text of SQLAlchemy's own kind
                return Page([(name, row) for row in rows], Place(name, chosen[-1]))
        return Page([], None)

    def _rows(self, session: Session, table: Table, chosen: Sequence[tuple[Any, ...]]) -> Sequence[Mapping[str, Any]]:
        opener = self._openers.get(table.name)
        columns = [column for column in table.columns if not is_internal(column)]
        identity = list(table.primary_key.columns)
        wanted = identity[0].in_([key[0] for key in chosen]) if len(identity) == 1 else _one_of(identity, chosen)
        found = session.execute(select(*columns).where(wanted).order_by(*identity)).mappings().all()
        return [dict(row) if opener is None else opener(session, row) for row in found]


def _one_of(identity: Sequence[Column[Any]], keys: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    """One of these keys of several columns: SQLite finds them one by one so, where it reads all rows for a list."""
    same = [and_(*(column == part for column, part in zip(identity, key, strict=True))) for key in keys]
    return or_(false(), *same)


def _next_keys(
    session: Session, table: Table, mine: ColumnElement[bool], after: tuple[Any, ...] | None
) -> list[tuple[Any, ...]]:
    """The keys of the rows that fit into a page: how large they are is known without reading them."""
    identity = list(table.primary_key.columns)
    large: list[Column[Any]] = [column for column in table.columns if isinstance(column.type, LargeBinary)]
    size = sum((func.coalesce(func.length(column), 0) for column in large), start=literal(0))
    following = select(*identity, size.label("size")).where(mine)
    if after is not None:
        beyond = [literal(value, column.type) for value, column in zip(after, identity, strict=True)]
        following = following.where(tuple_(*identity) > tuple_(*beyond) if len(beyond) > 1 else identity[0] > beyond[0])
    chosen: list[tuple[Any, ...]] = []
    left_bytes = PAGE_BYTES
    for *key, row_bytes in session.execute(following.order_by(*identity).limit(PAGE_ROWS)):
        left_bytes -= row_bytes
        if chosen and left_bytes < 0:
            break
        chosen.append(tuple(key))
    return chosen
