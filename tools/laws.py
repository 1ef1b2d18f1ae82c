"""The laws of the house that no linter knows: `python tools/laws.py PACKAGE...` prints each breach and exits 1.

Each law is one function from a parsed module to breaches; docs/architecture.md says why each stands.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MODULE_LINES = 250
FUNCTION_LINES = 40
SQL_NAMES = {"select", "insert", "update", "delete", "text"}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("time", "time"), ("date", "today")}
ROOTS = {"app.py", "__main__.py", "main.py", "clock.py"}


@dataclass(frozen=True, slots=True)
class Module:
    path: Path
    tree: ast.Module
    lines: int

    @property
    def package(self) -> str:
        return self.path.parts[0]

    @property
    def name(self) -> str:
        return self.path.name


Breach = tuple[int, str]


def imports(module: Module) -> Iterator[tuple[int, str, str | None]]:
    """Each import as (line, module, name or None)."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)


def http_stays_in_clients(module: Module) -> Iterator[Breach]:
    """Only a client module or servicekit/http/client.py may import httpx."""
    if module.name == "client.py" or module.path.as_posix() == "servicekit/http/client.py":
        return
    for line, source, _ in imports(module):
        if source.split(".")[0] == "httpx":
            yield line, "httpx belongs in client.py or servicekit/http/client.py"


def sql_stays_in_stores(module: Module) -> Iterator[Breach]:
    """Statements are built in store.py; servicekit's database plumbing is the one other place."""
    if module.package == "servicekit" or module.name in {"store.py", "models.py"} or "migrations" in module.path.parts:
        return
    for line, source, name in imports(module):
        if source.startswith("sqlalchemy") and name in SQL_NAMES:
            yield line, f"sqlalchemy.{name} belongs in store.py"


def stores_do_not_commit(module: Module) -> Iterator[Breach]:
    """A transaction belongs to the service function, never to a store."""
    if module.name != "store.py":
        return
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"commit", "rollback"}
        ):
            yield node.lineno, "a store neither commits nor rolls back"


def nobody_creates_tables(module: Module) -> Iterator[Breach]:
    """The schema comes from migrations alone."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in {"create_all", "drop_all"}:
            yield node.lineno, "tables come from migrations, never from create_all"


def clocks_are_injected(module: Module) -> Iterator[Breach]:
    """Only a composition root may read the wall clock."""
    if module.name in ROOTS:
        return
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (node.value.id, node.attr) in CLOCKS
        ):
            yield node.lineno, f"{node.value.id}.{node.attr} belongs in a composition root; take `now` as an argument"


def routes_do_not_reach_stores(module: Module) -> Iterator[Breach]:
    """HTTP in, service, store: a route never skips the middle."""
    if module.name != "routes.py":
        return
    for line, source, _ in imports(module):
        if source.endswith(".store"):
            yield line, "a route calls a service, not a store"


def modules_stay_small(module: Module) -> Iterator[Breach]:
    """A module past the limit is two modules."""
    if "versions" not in module.path.parts and module.lines > MODULE_LINES:
        yield 1, f"{module.lines} lines; {MODULE_LINES} is the limit"


def functions_stay_short(module: Module) -> Iterator[Breach]:
    """A function past the limit is two functions."""
    if "versions" in module.path.parts:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # a long list of named arguments is no complexity: only the body counts
            length = (node.end_lineno or node.lineno) - node.body[0].lineno + 1
            if length > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length} lines; {FUNCTION_LINES} is the limit"


LAWS: tuple[Callable[[Module], Iterator[Breach]], ...] = (
    http_stays_in_clients,
    sql_stays_in_stores,
    stores_do_not_commit,
    nobody_creates_tables,
    clocks_are_injected,
    routes_do_not_reach_stores,
    modules_stay_small,
    functions_stay_short,
)


def read(path: Path) -> Module:
    """One parsed module."""
    source = path.read_text(encoding="utf-8")
    return Module(path, ast.parse(source, str(path)), source.count("\n"))


def main(packages: list[str]) -> int:
    """Print each breach as `path:line: sentence`; the exit code says whether there was one."""
    breaches = 0
    for package in packages:
        for path in sorted(Path(package).rglob("*.py")):
            module = read(path)
            for law in LAWS:
                for line, sentence in law(module):
                    breaches += 1
                    print(f"{path}:{line}: {sentence}")
    return 1 if breaches else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
