"""Which rows of a service's tables are one person's: found by the columns that name people, counted, deleted.

The tables themselves decide, so that a table which is added later is erased and exported without being mentioned here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, MetaData, Table, Update, delete, or_, select, tuple_, union, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from servicekit.data.rows import changed

Keys = Mapping[str, Sequence[Any]]
"""Values by the name of the column that may hold them. A column of another type than the value does not match."""

BLANKED: Final = "blanked_on_erasure"
"""In a table's `info`: the columns by which its rows name a person and nothing else does."""

_INTERNAL: Final = ("_sealed", "digest", "fingerprint", "lease", "worker", "fence")
"""Parts of names: columns that open doors or steer the machinery, and so are in no export."""


def personal_tables(metadata: MetaData, names: Iterable[str]) -> list[Table]:
    """The tables with a column of one of these names, and those that hang on them; children before their parents."""
    wanted = frozenset(names)
    reached: set[str] = set()
    for table in metadata.sorted_tables:
        parents = {key.column.table.name for key in table.foreign_keys}
        if wanted & set(table.columns.keys()) or parents & reached:
            reached.add(table.name)
    return [table for table in reversed(metadata.sorted_tables) if table.name in reached]


def erase_rows(session: Session, metadata: MetaData, keys: Keys) -> dict[str, int]:
    """Deletes the rows that any of the keys names; how many of each table, without those that had none.

    Of a table that says `BLANKED` only those columns are blanked: its rows are links of a chain.
    """
    erased: dict[str, int] = {}
    for table in personal_tables(metadata, keys):
        mine = rows_of(table, keys)
        if mine is None:
            continue
        blanked = dict.fromkeys(table.info.get(BLANKED, ()))
        count = changed(session, _blank(table, mine, blanked) if blanked else delete(table).where(mine))
        if count:
            erased[table.name] = count
    return erased


def _blank(table: Table, mine: ColumnElement[bool], blanked: Mapping[str, None]) -> Update:
    named = or_(*(table.columns[name].is_not(None) for name in blanked))
    return update(table).where(mine, named).values(blanked)


def rows_of(table: Table, keys: Keys) -> ColumnElement[bool] | None:
    """The condition on the rows of a table that any of the keys names; None when none of them can."""
    named = [
        column.in_(fitting)
        for name, values in keys.items()
        if (column := table.columns.get(name)) is not None
        and (fitting := [value for value in values if isinstance(value, column.type.python_type)])
    ]
    hanging = [
        key.parent.in_(select(key.column).where(theirs))
        for key in table.foreign_keys
        if key.parent.name not in keys
        and key.column.table is not table
        and (theirs := rows_of(key.column.table, keys)) is not None
    ]
    return _any_of(table, [*named, *hanging])


def _any_of(table: Table, ways: Sequence[ColumnElement[bool]]) -> ColumnElement[bool] | None:
    """The rows that are found in any of these ways, each by an index of its own: beside an OR, databases use none."""
    if len(ways) < 2:
        return ways[0] if ways else None
    key = table.primary_key.columns
    return tuple_(*key).in_(union(*(select(*key).where(way) for way in ways)))


def is_internal(column: Column[Any]) -> bool:
    """Whether a column opens doors or steers the machinery, and so is shown to nobody."""
    return any(part in column.name for part in _INTERNAL)
