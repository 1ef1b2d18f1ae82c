"""How the services connect to SQLite and PostgreSQL: addresses, drivers, pragmas and the kind of each transaction."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from advanced_alchemy.config import EngineConfig, SQLAlchemySyncConfig, SyncSessionConfig
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url

from servicekit.data.drivers import OF_POSTGRESQL, with_drivers
from servicekit.data.private_files import correct_mode, make_private_file, make_private_folder

_FREE_WITHIN_S: Final = 5
"""Each thread of a `Database` has a connection; others wait so long for one of them."""
_BEGIN: Final = "sqlite_begin"
_READS: Final = "ayda_reads"
READING: Final[Mapping[str, Mapping[str, Any]]] = {
    "sqlite": {_READS: True, _BEGIN: "BEGIN"},
    # no BEGIN and no ROLLBACK around a SELECT: each is a way to the server and back
    "postgresql": {_READS: True, "isolation_level": "AUTOCOMMIT"},
}
"""Execution options of connections that do not write."""
AT_ONCE: Final[Mapping[str, int]] = {"sqlite": 3, "postgresql": 10}
"""Units of work at a time. SQLite's are worked on by their own threads, which hinder each other if there are many."""
_WRITING: Final = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE|TRUNCATE|CREATE|ALTER|DROP)\b", re.IGNORECASE)
TO_POSTGRES: Final[Mapping[str, Any]] = {
    "connect_timeout": 3,
    # pgbouncer in transaction mode cannot keep prepared statements, so none are made
    "prepare_threshold": None,
    # a server that is gone without a word ends a unit of work after half a minute, and so whoever waits for it
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
"""How each connection to PostgreSQL is made, whoever makes it."""
_BESIDE: Final = ("-wal", "-shm", "-journal")
_SQLITE_HEADER: Final = b"SQLite format 3\0"
_SQLITE_PRAGMAS: Final = (
    "busy_timeout = 1000",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "secure_delete = ON",
    # whoever waits for the lock asks again and again, so that they hear when nobody waits for them any more
    "busy_timeout = 50",
)


def driver_url(url: str) -> URL:
    """The URL with the driver the services use. Raises ValueError for another database or SQLite in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(f"{parsed.get_backend_name()!r} is neither sqlite nor postgresql.")
    if not parsed.database or ":memory:" in parsed.database:
        raise ValueError("SQLite in memory has one connection, which transactions cannot share; name a file.")
    return parsed.set(drivername="sqlite")


def database_url(text: str) -> str:
    """The URL itself, for settings. Raises ValueError without quoting it: it may hold a password."""
    try:
        driver_url(text)
    except Exception:  # noqa: BLE001 - whatever the parser says may quote the address
        raise ValueError("must be sqlite:///FILE or postgresql://USER@HOST/NAME") from None
    if not text.startswith("sqlite"):
        with_drivers(OF_POSTGRESQL)
    return text


def file_beside(url: str, suffix: str) -> Path | None:
    """The file of this name beside a database that is one; None beside a server's."""
    parsed = driver_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database.startswith("file:"):
        return None
    return Path(parsed.database).with_suffix(suffix)


def new_config(url: URL, pool_size: int) -> SQLAlchemySyncConfig:
    """The engine and the sessions of one database; where it is a file, nobody else may read that."""
    if url.get_backend_name() == "postgresql":
        engine = EngineConfig(
            connect_args=dict(TO_POSTGRES), pool_size=pool_size, max_overflow=0, pool_timeout=_FREE_WITHIN_S
        )
    else:
        make_file(url)
        # one is the writer's, one of what reckons
        engine = EngineConfig(pool_size=pool_size + 2, max_overflow=0, pool_timeout=_FREE_WITHIN_S)
    config = SQLAlchemySyncConfig(
        connection_string=url.render_as_string(hide_password=False),
        engine_config=engine,
        session_config=SyncSessionConfig(expire_on_commit=False),
        enable_touch_updated_timestamp_listener=False,
        enable_file_object_listener=False,
    )
    event.listen(config.get_engine(), "before_cursor_execute", _refuse_writes)
    if url.get_backend_name() == "sqlite":
        listen_sqlite(config.get_engine(), _SQLITE_PRAGMAS)
    return config


def folder_of(url: URL) -> Path | None:
    """Where a SQLite file is; None for anything else."""
    file = file_beside(url.render_as_string(hide_password=False), "")
    return None if file is None else file.parent


def make_file(url: URL) -> None:
    """Makes a SQLite file and its folder for their owner alone, and takes files that are there from all others.

    SQLite gives its log and its shared memory the mode of the file.
    """
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith("file:"):
        file = Path(url.database)
        make_private_folder(file.parent)
        if file.exists() and not _is_sqlite(file):
            return  # somebody else's, named by mistake: whoever opens it says so
        make_private_file(file)
        for beside in _BESIDE:
            correct_mode(file.with_name(file.name + beside))


def _is_sqlite(file: Path) -> bool:
    """Whether it is empty or begins as https://www.sqlite.org/fileformat.html says."""
    try:
        with file.open("rb") as content:
            return content.read(len(_SQLITE_HEADER)) in {b"", _SQLITE_HEADER}
    except OSError:
        return False


def listen_sqlite(engine: Engine, pragmas: Sequence[str]) -> None:
    """Prepares each connection with these pragmas, and begins as it is said: the driver starts no transactions."""

    def prepare(dbapi_connection: Any, _record: object) -> None:
        dbapi_connection.isolation_level = None
        for pragma in pragmas:
            dbapi_connection.execute(f"PRAGMA {pragma}").close()

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin_sqlite)


def _begin_sqlite(connection: Connection) -> None:
    """Takes the write lock at once: a reader that turns writer later may fail without waiting."""
    begin = connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE")
    try:
        # past SQLAlchemy, whose own way takes as long as all else about a small unit
        connection.connection.driver_connection.execute(begin).close()  # type: ignore[union-attr]
    except sqlite3.Error:
        connection.exec_driver_sql(begin)  # says what is wrong as SQLAlchemy does


def _refuse_writes(
    connection: Connection,
    _cursor: object,
    statement: str,
    _parameters: object,
    _context: object,
    _many: bool,  # noqa: FBT001 - SQLAlchemy calls it so
) -> None:
    if _READS in connection.get_execution_options() and _writes(statement):
        raise RuntimeError("A reading session cannot write.")


@lru_cache(1024)
def _writes(statement: str) -> bool:
    return _WRITING.search(statement) is not None
