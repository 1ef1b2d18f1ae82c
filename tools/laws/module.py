"""One parsed module, and questions that several laws ask of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SERVICES = ("ayda_service", "predictor_service")


@dataclass(frozen=True, slots=True)
class Module:
    """A source file; `path` is relative to the root of the house."""

    path: Path
    tree: ast.Module
    lines: int

    @property
    def package(self) -> str:
        return self.path.parts[0]

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.path.parts

    def within(self, *rooms: str) -> bool:
        """Whether the file stands in one of these folders or is one of these files."""
        here = self.path.as_posix()
        return any(here == room or here.startswith(f"{room}/") for room in rooms)


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong, and where."""

    path: Path
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


def parse(path: Path, source: str) -> Module:
    """The module of this source."""
    return Module(path, ast.parse(source, str(path)), source.count("\n"))


def imports(module: Module) -> Iterator[tuple[int, str, str | None]]:
    """Each import, late ones too, as (line, module, name or None)."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)


def calls(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Each call with the last part of what is called: `x.y.execute(...)` is `execute`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield node, last_name(node.func)


def last_name(node: ast.expr) -> str:
    """The last part of a dotted name, empty for another expression."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of the module, inner ones too."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def takes_session(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether one of the arguments is a session, by its type or, where none is written, by its name."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return any(
        last_name(each.annotation) in {"Session", "AsyncSession"} if each.annotation else each.arg == "session"
        for each in arguments
    )
