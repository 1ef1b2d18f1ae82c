"""What can happen to a database while services use it, and how it ends: each kind is a block around the requests."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from servicekit.data.database import Database
from tests.drills.own_postgres import OwnPostgres

Trouble = Callable[[Sequence[Database], Sequence[OwnPostgres]], AbstractAsyncContextManager[None]]
_WRITING = "-c default_transaction_read_only=off"


def _url(database: Database) -> str:
    return database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


@asynccontextmanager
async def threads_taken(databases: Sequence[Database], _servers: Sequence[OwnPostgres]) -> AsyncIterator[None]:
    """Units of work hang in every thread that there is."""
    let_go, hanging = threading.Event(), list[asyncio.Task[None]]()

    def hangs(_session: Session) -> None:
        let_go.wait(120)

    for database in databases:
        hanging += [asyncio.create_task(database.read(hangs)) for _ in range(10)]
        if database.dialect == "sqlite":
            hanging.append(asyncio.create_task(database.write(hangs)))
    await asyncio.sleep(0.2)
    yield
    let_go.set()
    await asyncio.gather(*hanging, return_exceptions=True)


@asynccontextmanager
async def file_locked(databases: Sequence[Database], _servers: Sequence[OwnPostgres]) -> AsyncIterator[None]:
    """Another process holds the lock of the file."""
    others = [sqlite3.connect(str(each.engine.url.database), isolation_level=None) for each in databases]
    for other in others:
        other.execute("BEGIN IMMEDIATE")
    yield
    for other in others:
        other.close()


@contextmanager
def _each_connection(database: Database, statement: str) -> Iterator[None]:
    def prepare(connection: Any, _record: object) -> None:
        connection.execute(statement).close()

    event.listen(database.engine, "connect", prepare)
    database.engine.dispose()
    yield
    event.remove(database.engine, "connect", prepare)
    database.engine.dispose()


@asynccontextmanager
async def connections(
    databases: Sequence[Database], _servers: Sequence[OwnPostgres], *, statement: str
) -> AsyncIterator[None]:
    """Each connection of SQLite that is made is prepared by this statement."""
    ayda, predictor = databases
    with _each_connection(ayda, statement), _each_connection(predictor, statement):
        yield


@asynccontextmanager
async def disk_full(databases: Sequence[Database], _servers: Sequence[OwnPostgres]) -> AsyncIterator[None]:
    """The small disk that the files are on has no byte left."""
    folder = databases[0].folder
    assert folder is not None
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        for size in (65_536, 4_096, 512, 1):
            with suppress(OSError):
                while file.write(b"x" * size) == size:
                    pass
    yield
    filler.unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 24 MiB; skips where none may be mounted."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


@asynccontextmanager
async def server_stopped(_databases: Sequence[Database], servers: Sequence[OwnPostgres]) -> AsyncIterator[None]:
    """The server is killed, and started again at the end."""
    for server in servers:
        await asyncio.to_thread(server.kill)
    yield
    for server in servers:
        await asyncio.to_thread(server.start)


@asynccontextmanager
async def tables_locked(databases: Sequence[Database], _servers: Sequence[OwnPostgres]) -> AsyncIterator[None]:
    """Somebody else has locked all tables."""
    others = [psycopg.connect(_url(database)) for database in databases]
    for other in others:
        rows = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        other.execute(f"LOCK TABLE {', '.join(name for (name,) in rows)} IN ACCESS EXCLUSIVE MODE".encode())
    yield
    for other in others:
        other.close()


@asynccontextmanager
async def server_read_only(databases: Sequence[Database], _servers: Sequence[OwnPostgres]) -> AsyncIterator[None]:
    """The server takes no writes, as one that others took over from."""
    for value in ("on", "off"):
        for database in databases:
            with psycopg.connect(_url(database), autocommit=True, options=_WRITING) as each:
                name = database.engine.url.database
                each.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}'.encode())
            database.engine.dispose()
        if value == "on":
            yield


ON_SQLITE: dict[str, Trouble] = {
    "locked": file_locked,
    "read_only": partial(connections, statement="PRAGMA query_only = ON"),
    "full": disk_full,
    "threads_taken": threads_taken,
}
ON_POSTGRES: dict[str, Trouble] = {
    "stopped": server_stopped,
    "locked": tables_locked,
    "read_only": server_read_only,
    "threads_taken": threads_taken,
}
