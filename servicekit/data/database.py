"""One database of one service: explicit transactions that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import get_ident
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from servicekit.data.engine import READING, driver_url, new_config

T = TypeVar("T")


class Database:
    """Units of work over one engine: each is a plain function over a session, run whole in one hop to a thread.

    What a unit decides inside a transaction cannot wait for the network, and a caller that is cancelled cannot cut it
    in two: a unit that has not begun never does, and one that has begun ends, in a commit or a rollback, before its
    caller goes on. SQLite has one writer: writers of this process queue in order, those of other processes wait up to
    five seconds.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """Accepts `sqlite:///path` and `postgresql://...`, with or without a driver name."""
        self._url = driver_url(url)
        self.dialect = self._url.get_backend_name()
        config = new_config(self._url, pool_size)
        self.engine: Engine = config.get_engine()
        self._sessions = config.create_session_maker()
        self._reading = self.engine.execution_options(**READING[self.dialect])
        self._readers = ThreadPoolExecutor(pool_size, f"{self.dialect}-units")
        self._writers = ThreadPoolExecutor(1, "sqlite-writer") if self.dialect == "sqlite" else self._readers
        self._writing: int | None = None

    def __repr__(self) -> str:
        return f"Database({self._url.render_as_string(hide_password=True)})"

    async def write(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, once what it did is committed; when it raises, nothing of it is kept.

        A commit that fails raises. `work` runs a second time when its connection turns out to have died before the
        commit, so its only effects are those on its session.
        """
        return await _hop(self._writers, lambda: _once_more(self.transaction, work))

    async def read(self, work: Callable[[Session], T]) -> T:
        """What `work` returns from a session that cannot write.

        On SQLite it sees one state of the database, on PostgreSQL each of its statements sees one, and rows cannot be
        streamed (`yield_per`): a cursor lives in a transaction.
        """
        return await _hop(self._readers, lambda: _once_more(self.reading, work))

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A unit of work for code without an event loop: commands and tests. Committed at its end, or rolled back.

        RuntimeError when the thread has one open on SQLite, where the second would wait for the first.
        """
        if self.dialect == "sqlite" and self._writing == get_ident():
            raise RuntimeError("This thread already has a transaction open; pass its session on.")
        with self._sessions() as session, session.begin():
            session.connection()  # on SQLite this waits for the other writers
            self._writing = get_ident()
            try:
                yield session
            finally:
                self._writing = None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for code without an event loop that is rolled back at its end. Writing in it raises."""
        with Session(self._reading, autoflush=False, expire_on_commit=False) as session:
            yield session
            if session.new or session.deleted:
                raise RuntimeError("Objects were added or deleted in a reading session; they would be lost.")

    async def ping(self) -> None:
        """Returns when the database answers; raises what the driver says when it does not."""
        await self.read(lambda session: session.execute(text("SELECT 1")).scalar())

    async def forget_deleted(self) -> None:
        """Takes what was deleted out of SQLite's log too, where it stays otherwise until the log is full.

        A log that somebody reads meanwhile is left as it is. PostgreSQL's own upkeep does this.
        """
        if self.dialect == "sqlite":
            await _hop(self._writers, self._cut_log)

    def _cut_log(self) -> None:
        connection = self.engine.raw_connection()  # beside SQLAlchemy, which would open a transaction first
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        finally:
            connection.close()

    async def close(self) -> None:
        """Closes every connection, after the units of work that began or queue have ended; no more are taken."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for executor in (self._writers, self._readers):
            executor.shutdown()
        self.engine.dispose()


def _once_more(unit: Callable[[], AbstractContextManager[Session]], work: Callable[[Session], T]) -> T:
    """Pings nobody before each unit: a connection that died while it rested is found by its first statement."""
    committing = False
    try:
        with unit() as session:
            done = work(session)
            session.flush()
            committing = True
    except DBAPIError as error:
        # the pool knows by now that what it holds is dead; whether a commit arrived nobody knows
        if committing or not error.connection_invalidated:
            raise
        with unit() as session:
            return work(session)
    return done


async def _hop(executor: Executor, unit: Callable[[], T]) -> T:
    running = executor.submit(contextvars.copy_context().run, unit)
    ended = asyncio.wrap_future(running)
    cancelled: asyncio.CancelledError | None = None
    while not ended.done():
        try:
            await asyncio.wait([ended])
        except asyncio.CancelledError as error:
            if running.cancel():
                raise
            cancelled = error
    if cancelled is not None:
        ended.exception()  # looked at, so that nobody reports it as forgotten
        raise cancelled
    return ended.result()
