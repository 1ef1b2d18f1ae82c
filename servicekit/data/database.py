"""One database of one service: explicit transactions that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import DateTime, Dialect, MetaData, event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_BEGIN = "sqlite_begin"
_CLOSE_PATIENCE_S = 2.0
_CLOSE_POLL_S = 0.01
_SQLITE_PRAGMAS = (
    "busy_timeout = 5000",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "secure_delete = ON",
)


def new_metadata() -> MetaData:
    """Metadata of one service, with a name for every constraint, so that migrations can drop what they made."""
    return MetaData(naming_convention=_NAMING)


def uuid7() -> UUID:
    """A new time-ordered UUID."""
    return uuid_utils.compat.uuid7()


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware datetimes in, aware UTC out, on both databases. A naive datetime is a ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None or value.utcoffset() is None:
            raise ValueError(f"{value!r} names no time zone, so it is no instant.")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def async_url(url: str) -> URL:
    """The URL with the driver the services use. Raises ValueError for another database or SQLite in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(f"{parsed.get_backend_name()!r} is neither sqlite nor postgresql.")
    if not parsed.database or ":memory:" in parsed.database:
        raise ValueError("SQLite in memory has one connection, which transactions cannot share; name a file.")
    return parsed.set(drivername="sqlite+aiosqlite")


def database_url(text: str) -> str:
    """The URL itself, for settings. Raises ValueError without quoting it: it may hold a password."""
    try:
        async_url(text)
    except Exception:  # noqa: BLE001 - whatever the parser says may quote the address
        raise ValueError("must be sqlite:///FILE or postgresql://USER@HOST/NAME") from None
    return text


def sync_url(url: str) -> URL:
    """The same database through a driver without asyncio, for migrations."""
    parsed = async_url(url)
    return parsed.set(drivername="sqlite") if parsed.get_backend_name() == "sqlite" else parsed


class Database:
    """Transactions over one engine.

    SQLite has one writer: writers of this process queue in order, those of other processes wait up to five seconds.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """Accepts `sqlite:///path` and `postgresql://...`, with or without a driver name."""
        self._url = async_url(url)
        self.dialect = self._url.get_backend_name()
        self.engine: AsyncEngine = _new_engine(self._url, pool_size)
        self._reading = self.engine.execution_options(postgresql_readonly=True, **{_BEGIN: "BEGIN"})
        self._write_lock = asyncio.Lock()
        self._writer: asyncio.Task[Any] | None = None

    def __repr__(self) -> str:
        return f"Database({self._url.render_as_string(hide_password=True)})"

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed when the block ends and rolled back when it raises.

        A commit that fails raises. RuntimeError when the same task already has a transaction open on SQLite.
        """
        if self.dialect != "sqlite":
            async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
            return
        if self._writer is not None and self._writer is asyncio.current_task():
            raise RuntimeError("This task already has a transaction open; pass its session on.")
        async with self._write_lock, AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            self._writer = asyncio.current_task()
            try:
                yield session
            finally:
                self._writer = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one state of the database and is rolled back. Writing in it raises."""
        async with AsyncSession(self._reading, expire_on_commit=False, autoflush=False) as session:
            yield session
            if session.new or session.deleted:
                raise RuntimeError("Objects were added or deleted in a reading session; they would be lost.")

    async def ping(self) -> None:
        """Returns when the database answers; raises what the driver says when it does not."""
        async with self._reading.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def forget_deleted(self) -> None:
        """Takes what was deleted out of SQLite's log too, where it stays otherwise until the log is full.

        A log that somebody reads meanwhile is left as it is. PostgreSQL's own upkeep does this.
        """
        if self.dialect == "sqlite":
            async with self._reading.connect() as connection:
                raw = await connection.get_raw_connection()
                driver: Any = raw.driver_connection  # beside SQLAlchemy, which would open a transaction first
                async with driver.execute("PRAGMA wal_checkpoint(TRUNCATE)"):
                    pass

    async def close(self) -> None:
        """Closes every connection, after those in use were given back: a cancelled task does that a moment later."""
        pool = self.engine.sync_engine.pool
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_PATIENCE_S):
                while isinstance(pool, QueuePool) and pool.checkedout():  # noqa: ASYNC110 - a pool has no event to wait for
                    await asyncio.sleep(_CLOSE_POLL_S)
        await self.engine.dispose()


def _new_engine(url: URL, pool_size: int) -> AsyncEngine:
    if url.get_backend_name() == "postgresql":
        # pgbouncer in transaction mode cannot keep prepared statements, so none are made
        arguments = {"connect_timeout": 10, "prepare_threshold": None}
        return create_async_engine(url, connect_args=arguments, pool_size=pool_size, pool_pre_ping=True)
    make_folder(url)
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", begin_sqlite)
    event.listen(engine.sync_engine, "before_cursor_execute", _refuse_writes)
    return engine


def make_folder(url: URL) -> None:
    """Makes the folder of a SQLite file, as the driver does not."""
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith("file:"):
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    # the driver must not start transactions of its own: `begin_sqlite` does, and says which kind
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin_sqlite(connection: Connection) -> None:
    """Takes the write lock at once: a reader that turns writer later may fail without waiting."""
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))


def _refuse_writes(
    connection: Connection,
    _cursor: object,
    _statement: str,
    _parameters: object,
    context: Any,
    _many: bool,  # noqa: FBT001 - SQLAlchemy calls it so
) -> None:
    writes = context is not None and (context.isinsert or context.isupdate or context.isdelete)
    if writes and connection.get_execution_options().get(_BEGIN) == "BEGIN":
        raise RuntimeError("A reading session cannot write.")
