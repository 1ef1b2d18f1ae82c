"""Where the processes of a bar have their databases: in files, or in a PostgreSQL that may be killed as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.drills.own_postgres import OwnPostgres, own_postgres

Place = Callable[[str], str]
"""The URL of a new, empty database of this name."""
Places = Callable[[Path], AbstractContextManager[tuple[Place, list[OwnPostgres]]]]
"""A kind of database: the places below a folder, and the servers behind them."""


@contextmanager
def on_sqlite(folder: Path) -> Iterator[tuple[Place, list[OwnPostgres]]]:
    """Files; nothing of them can be killed."""
    yield (lambda name: f"sqlite:///{folder / name}.db"), []


@contextmanager
def on_postgres(_folder: Path) -> Iterator[tuple[Place, list[OwnPostgres]]]:
    """One server for all."""
    with own_postgres() as server:
        yield server.database, [server]
