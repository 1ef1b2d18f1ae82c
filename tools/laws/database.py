"""Where SQL may stand, and what a unit of work may do."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.laws.module import Breach, Module, calls, functions, imports, takes_session

_BUILDERS = {"select", "insert", "update", "delete", "text", "union", "union_all", "exists"}
_SESSION_READS = {
    "scalars",
    "scalar",
    "scalar_one",
    "get_one",
    "exec_driver_sql",
    "begin_nested",
    "bulk_insert_mappings",
}
_DDL = ("CREATE TABLE", "ALTER TABLE", "DROP TABLE", "CREATE INDEX", "DROP INDEX")
_AUTOCOMMIT = {"before_send_handler", "auto_commit", "autocommit"}


def _is_a_store(module: Module) -> bool:
    return module.name == "store.py" or module.is_migration or module.within("servicekit/data", "tools")


def sql_stays_in_stores(module: Module) -> Iterator[Breach]:
    """A statement is built or run in a store.py, in servicekit/data or in a migration, whatever the file is called."""
    if _is_a_store(module):
        return
    tables = module.name in {"models.py", "table.py"}
    for line, source, name in imports(module):
        if source.startswith("sqlalchemy") and name in _BUILDERS and not (tables and name == "text"):
            yield Breach(module.path, line, f"sqlalchemy.{name} belongs in a store.py")
    for call, name in calls(module):
        if name in _SESSION_READS or (name == "execute" and _on_a_session(call)):
            yield Breach(module.path, call.lineno, f"a session's {name} belongs in a store.py")


def _on_a_session(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and "session" in ast.unparse(call.func.value)


def stores_do_not_commit(module: Module) -> Iterator[Breach]:
    """Only the database ends transactions: a unit of work is committed as a whole or not at all."""
    if module.within("servicekit/data"):
        return
    for call, name in calls(module):
        if name in {"commit", "rollback"} and _on_a_session(call):
            yield Breach(module.path, call.lineno, "a unit of work is ended by the database, never by itself")


def units_are_plain_functions(module: Module) -> Iterator[Breach]:
    """Whoever holds a session does not wait: no coroutine takes one, none opens one on the event loop."""
    for function in functions(module):
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        if takes_session(function):
            yield Breach(module.path, function.lineno, f"{function.name} takes a session and so is no coroutine")
        for node in ast.walk(function):
            if isinstance(node, ast.With | ast.AsyncWith) and any(_opens(item.context_expr) for item in node.items):
                yield Breach(module.path, node.lineno, "a coroutine gives its unit of work to write() or read()")


def _opens(expression: ast.expr) -> bool:
    called = expression.func if isinstance(expression, ast.Call) else None
    return (
        isinstance(called, ast.Attribute) and called.attr in {"transaction", "reading"} and _is_database(called.value)
    )


def _is_database(owner: ast.expr) -> bool:
    return "database" in ast.unparse(owner).lower()


def nobody_commits_for_us(module: Module) -> Iterator[Breach]:
    """What commits behind one's back loses data without a word when the commit fails."""
    for node in ast.walk(module.tree):
        named = node.arg if isinstance(node, ast.keyword) else None
        if named in _AUTOCOMMIT and not (isinstance(node.value, ast.Constant) and node.value.value is False):
            yield Breach(module.path, node.value.lineno, f"{named}: a unit of work is committed where it is written")


def nobody_creates_tables(module: Module) -> Iterator[Breach]:
    """The schema of a service comes from migrations alone; a simulator's file is its own."""
    if module.is_migration or module.package == "simulators":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in {"create_all", "drop_all"}:
            yield Breach(module.path, node.lineno, "tables come from migrations, never from create_all")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_ddl(node.value):
            yield Breach(module.path, node.lineno, "tables are changed by migrations, never at run time")


def _is_ddl(text: str) -> bool:
    return text.strip().upper().startswith(_DDL)


LAWS = (
    sql_stays_in_stores,
    stores_do_not_commit,
    units_are_plain_functions,
    nobody_commits_for_us,
    nobody_creates_tables,
)
