"""One database of one service: explicit transactions that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from servicekit.data.engine import AT_ONCE, READING, driver_url, folder_of, new_config
from servicekit.data.patience import patience
from servicekit.data.traced import unit_told
from servicekit.data.trouble import DatabaseUnavailable, tell, trouble_of, trouble_told
from servicekit.data.units import CURRENT, Unit, let_go, listen_statements

if TYPE_CHECKING:
    from servicekit.base.metrics import Metrics

T = TypeVar("T")
_OWN: Final[Mapping[str, Any]] = {"join_transaction_mode": "control_fully"}
"""The session ends the transaction that its connection is in."""
_CUT_LOG_S: Final = 1.0
_TICK_S: Final = 0.01
_LONGEST_TICK_S: Final = 0.1


class Database:
    """Units of work over one engine: each is a plain function over a session, run whole in one hop to a thread.

    What a unit decides inside a transaction cannot wait for the network, and a caller that is cancelled cannot cut it
    in two: a unit that has not begun never does, and one that has begun is ended, in a rollback or, if it was at that
    already, in its commit, before its caller goes on. SQLite has one writer: writers of this process queue in order,
    those of other processes wait as long as their caller's patience (`servicekit.data.patience`) lasts.

    What is the database's own trouble is a DatabaseUnavailable, whichever database it is.
    """

    def __init__(self, url: str, *, pool_size: int | None = None, metrics: Metrics | None = None) -> None:
        """Accepts `sqlite:///path` and `postgresql://...`, with or without a driver name, with several servers too."""
        self._url, self._metrics = driver_url(url), metrics
        self.dialect = self._url.get_backend_name()
        self.folder = folder_of(self._url)
        config = new_config(self._url, pool_size := pool_size or AT_ONCE[self.dialect])
        self.engine: Engine = config.get_engine()
        listen_statements(self.engine)
        self._sessions: Callable[..., Session] = config.create_session_maker()
        self._reading = self.engine.execution_options(**READING[self.dialect])
        self._readers = ThreadPoolExecutor(pool_size, f"{self.dialect}-units")
        self._writers = ThreadPoolExecutor(1, "sqlite-writer") if self.dialect == "sqlite" else self._readers
        self._reckoner = ThreadPoolExecutor(1, f"{self.dialect}-reckoner")
        self._helpers = ThreadPoolExecutor(pool_size, f"{self.dialect}-cancels")
        self._writing: int | None = None

    def __repr__(self) -> str:
        shown = self._url.difference_update_query(("password", "sslpassword"))
        return f"Database({shown.render_as_string(hide_password=True)})"

    async def write(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, once what it did is committed; when it raises, nothing of it is kept.

        A commit that fails raises. `work` runs a second time when its connection turns out to have died before the
        commit, or it and another one waited for each other, so its only effects are those on its session.
        """
        with unit_told(self._metrics, self.dialect, "write", work):
            return await self._run(self._writers, lambda: _once_more(self.transaction, work))

    async def read(self, work: Callable[[Session], T], *, reckons: bool = False) -> T:
        """What `work` returns from a session that cannot write.

        On SQLite it sees one state of the database, on PostgreSQL each of its statements sees one, and rows cannot be
        streamed (`yield_per`): a cursor lives in a transaction. Units that reckon for milliseconds have one thread: at
        the same time they would take twice the processor, for which all threads of a process wait.
        """
        executor = self._reckoner if reckons else self._readers
        with unit_told(self._metrics, self.dialect, "read", work):
            return await self._run(executor, lambda: _once_more(self.reading, work))

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A unit of work for code without an event loop: commands and tests. Committed at its end, or rolled back.

        RuntimeError when the thread has one open on SQLite, where the second would wait for the first.
        """
        if self.dialect == "sqlite" and self._writing == get_ident():
            raise RuntimeError("This thread already has a transaction open; pass its session on.")
        unit = _unit()
        with _told(unit), _connection(self.engine, unit) as connection:
            self._writing = get_ident()
            try:
                with self._sessions(bind=connection, **_OWN) as session, session.begin():
                    yield session
                    unit.commits()
            finally:
                self._writing = None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for code without an event loop that is rolled back at its end. Writing in it raises."""
        unit = _unit()
        with (
            _told(unit),
            _connection(self._reading, unit) as connection,
            Session(connection, autoflush=False, expire_on_commit=False, **_OWN) as session,
        ):
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
            await self._run(self._writers, self._cut_log)

    def _cut_log(self) -> None:
        connection = self.engine.raw_connection()  # beside SQLAlchemy, which would open a transaction first
        cursor = connection.cursor()
        try:
            waits_ms = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
            cursor.execute(f"PRAGMA busy_timeout = {_CUT_LOG_S * 1000:.0f}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            cursor.execute(f"PRAGMA busy_timeout = {waits_ms}")
        finally:
            cursor.close()
            connection.close()

    async def close(self) -> None:
        """Closes every connection, after the units of work that began or queue have ended; no more are taken."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for executor in (self._writers, self._readers, self._reckoner, self._helpers):
            executor.shutdown()
        self.engine.dispose()

    async def _run(self, executor: Executor, work: Callable[[], T]) -> T:
        unit = Unit(patience())
        context = contextvars.copy_context()
        context.run(CURRENT.set, unit)
        try:
            return await self._see_through(unit, executor, lambda: context.run(work))
        except DatabaseUnavailable as error:
            unit.failed()
            tell(error)
            raise

    async def _see_through(self, unit: Unit, executor: Executor, work: Callable[[], T]) -> T:
        """What it returns, after it has ended; it is ended when its caller leaves or it waits for too long."""
        running = executor.submit(work)
        ended = asyncio.wrap_future(running)
        ended.add_done_callback(_looked_at)
        left: asyncio.CancelledError | None = None
        tick_s: float | None = None
        while not ended.done():
            try:
                await asyncio.wait([ended], timeout=unit.left_s() if tick_s is None else tick_s)
            except asyncio.CancelledError as error:
                left = error
            leaves = left is not None and not unit.whole
            if ended.done() or not (leaves or unit.is_overdue()):
                continue
            if running.cancel() or (unit.never_begins() and tick_s is not None):
                raise left or DatabaseUnavailable("busy")
            unit.press(self._helpers)
            tick_s = _TICK_S if tick_s is None else min(2 * tick_s, _LONGEST_TICK_S)
        if left is not None:
            raise left
        return ended.result()


def _unit() -> Unit:
    """The one this thread was given; in the midst of another one, or without an event loop, one that nobody ends."""
    given = CURRENT.get()
    return given if given is not None and given.phase == "waiting" else Unit(patience())


@contextmanager
def _connection(engine: Engine, unit: Unit) -> Iterator[Connection]:
    """A connection in a transaction, on SQLite with its lock; it is the unit's until the block has ended."""
    with engine.connect() as connection:
        while not connection.in_transaction():
            try:
                connection.begin()
            except OperationalError as error:
                if trouble_of(error) != "locked" or not unit.may_wait():
                    raise
        unit.begins(connection)
        try:
            yield connection
        finally:
            unit.ends()
            if unit.stopped and connection.dialect.name == "postgresql":
                let_go(connection)


@contextmanager
def _told(unit: Unit) -> Iterator[None]:
    try:
        with trouble_told():
            yield
    except DatabaseUnavailable as error:
        if error.cut_off and unit.committed:
            raise DatabaseUnavailable("in_doubt") from error
        raise


def _once_more(unit: Callable[[], AbstractContextManager[Session]], work: Callable[[Session], T]) -> T:
    """Pings nobody before each unit: a connection that died while it rested is found by its first statement."""
    try:
        return _done(unit, work)
    except DatabaseUnavailable as error:
        current = CURRENT.get()
        # the pool knows by now that what it holds is dead; whether a commit arrived nobody knows
        if not (error.cut_off or error.crossed) or (current is not None and current.stopped):
            raise
        if current is not None:
            current.begins_anew()
        return _done(unit, work)


def _done(unit: Callable[[], AbstractContextManager[Session]], work: Callable[[Session], T]) -> T:
    with unit() as session:
        done = work(session)
        session.flush()
    return done


def _looked_at(ended: asyncio.Future[T]) -> None:
    """So that nobody reports an error as forgotten when its caller has left."""
    if not ended.cancelled():
        ended.exception()
