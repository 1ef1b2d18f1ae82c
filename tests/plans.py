"""What a database intends to do for each statement that a service sends it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, event, inspect, text

from servicekit.data.database import Database

_LOOKING: Final = ("SELECT", "UPDATE", "DELETE", "WITH")
_LISTS: Final = re.compile(r"(?:%\(\w+\)s(?:::[\w ]+)?|\?)(?:, (?:%\(\w+\)s(?:::[\w ]+)?|\?))+")
_NAMED: Final = re.compile(r"(?:FROM|JOIN|UPDATE|,)\s+(?:ONLY\s+)?\"?(\w+)\"?\s+AS\s+\"?(\w+)\"?", re.IGNORECASE)
_SCANNED: Final = re.compile(r"^SCAN \"?(\w+)\"?(?: USING (?:COVERING )?INDEX (\w+))?")
_BY_INDEX: Final = frozenset({"Index Scan", "Index Only Scan", "Bitmap Index Scan"})


@dataclass
class Sent:
    """The statements that look for rows, each kind once, with what they were sent with."""

    database: Database
    statements: dict[str, tuple[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        event.listen(self.database.engine, "before_cursor_execute", self._seen)

    def _seen(self, _connection: object, _cursor: object, statement: str, given: Any, *_more: object) -> None:
        if statement.lstrip().upper().startswith(_LOOKING):
            values = given[0] if isinstance(given, list) and given and isinstance(given[0], (dict, tuple)) else given
            self.statements.setdefault(_LISTS.sub("...", statement), (statement, values))

    def scans(self, small: Container[str]) -> dict[str, set[str]]:
        """By table, the statements that would read all of it, or all of an index of it, however many rows it has.

        `small`: indices that hold few rows, however many the table has.
        """
        event.remove(self.database.engine, "before_cursor_execute", self._seen)
        found: dict[str, set[str]] = {}
        with self.database.engine.connect() as connection:
            tables = set(inspect(connection).get_table_names())  # and not what a part of the statement has made
            if self.database.dialect == "postgresql":
                # a plan that scans nevertheless has no other way, however small the tables of a test are
                connection.execute(text("SET enable_seqscan = off"))
            for statement, values in self.statements.values():
                for table in _scanned(connection, statement, values, small):
                    if table in tables:
                        found.setdefault(table, set()).add(" ".join(statement.split()))
            connection.rollback()
        return found


def _scanned(connection: Connection, statement: str, values: Any, small: Container[str]) -> Iterator[str]:
    if connection.dialect.name == "postgresql":
        rows = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
        yield from _in_plan(rows.scalar_one()[0]["Plan"], small, limited=False)
        return
    tables = {alias: table for table, alias in _NAMED.findall(statement)}
    for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values):
        scan = _SCANNED.match(row[3])
        if scan is not None and scan[2] not in small and not (scan[2] and "LIMIT" in statement):
            yield tables.get(scan[1], scan[1])


def _in_plan(plan: Mapping[str, Any], small: Container[str], *, limited: bool, of: str = "") -> Iterator[str]:
    """Tables read from end to end; an index that is walked in its order until there is enough is not.

    One that is walked past rows that do not count is: there may be none that does.
    """
    kind, table = plan["Node Type"], plan.get("Relation Name", of)
    whole = kind in _BY_INDEX and "Index Cond" not in plan and plan.get("Index Name") not in small
    if kind == "Seq Scan" or (whole and not (limited and "Filter" not in plan)):
        yield table
    for inner in plan.get("Plans", ()):
        yield from _in_plan(inner, small, limited=limited or kind == "Limit", of=table)
