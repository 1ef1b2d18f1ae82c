"""A unit of work from being asked for to its end, which comes early when nobody waits for it any more.

It runs in a thread. Whoever waits for it may end it at any moment but its commit: SQLite's statement is interrupted,
PostgreSQL is asked to cancel its own, and a connection that has fallen silent is cut.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from concurrent.futures import Executor, Future
from contextlib import suppress
from contextvars import ContextVar
from threading import Lock
from typing import Any, Final, Literal

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from servicekit.data.patience import UnitPatience
from servicekit.data.trouble import DatabaseUnavailable

Phase = Literal["waiting", "working", "committing", "over"]
_CANCEL_S: Final = 0.25
_CUT_AFTER_S: Final = 0.35
"""A server that has not cancelled by then does not listen."""

CURRENT: ContextVar[Unit | None] = ContextVar("unit", default=None)
"""The unit of work that this thread runs."""


class Unit:
    """What the thread that runs it and whoever waits for it know of a unit of work."""

    def __init__(self, patience: UnitPatience) -> None:
        self._patience = patience
        self._lock = Lock()
        self.whole = patience.whole
        """Whether it goes on without its caller."""
        self.phase: Phase = "waiting"
        self.stopped = False
        self.committed = False
        """Whether it has tried to."""
        self._stopped_at_s = 0.0
        self._asked_at_s = self._since_s = time.monotonic()
        self._limit_s: float | None = patience.begin_s
        self._connection: Any = None
        self._cancelling: Future[None] | None = None

    # what its thread says

    def may_wait(self) -> bool:
        """Whether there is time left to wait for the lock."""
        return not self.stopped and time.monotonic() < self._asked_at_s + self._patience.begin_s

    def begins(self, connection: Connection) -> None:
        """It has its connection. Raises DatabaseUnavailable when nobody waits any more."""
        with self._lock:
            self._go_on()
            self.phase, self.committed = "working", False
            self._connection = connection.connection.driver_connection
            self._limit_s = None

    def asks(self) -> None:
        """A statement is sent."""
        if self.stopped:
            self._go_on()
        self._since_s, self._limit_s = time.monotonic(), self._patience.statement_s

    def computes(self) -> None:
        """Nothing is waited for."""
        self._limit_s = None

    def commits(self) -> None:
        """From here on it is no longer ended by whoever leaves. Raises DatabaseUnavailable when somebody has."""
        with self._lock:
            self._go_on()
            self.phase, self.committed = "committing", True
            self._since_s, self._limit_s = time.monotonic(), self._patience.statement_s

    def begins_anew(self) -> None:
        """Its first connection turned out to be dead."""
        with self._lock:
            self.phase = "waiting"

    def ends(self) -> None:
        """Its connection is given back."""
        with self._lock:
            self.phase, self._connection = "over", None

    def failed(self) -> None:
        """It came to nothing, for a reason of the database's."""
        self._patience.wasted(time.monotonic() - self._asked_at_s)

    def _go_on(self) -> None:
        if self.stopped:
            raise DatabaseUnavailable("too_slow")

    # what its asker says

    def left_s(self) -> float | None:
        """Seconds until it has waited for too long, or until it is worth looking again; None where nobody minds."""
        since_s, limit_s = self._since_s, self._limit_s
        if limit_s is None:
            return self._patience.statement_s
        return max(0.0, since_s + limit_s - time.monotonic())

    def is_overdue(self) -> bool:
        """Whether it waits for too long."""
        return self._limit_s is not None and self.left_s() == 0.0

    def never_begins(self) -> bool:
        """Stops it if it has not begun: then it never does, and nobody has to wait for it."""
        with self._lock:
            if self.phase != "waiting":
                return False
            self.stopped = True
            return True

    def press(self, helpers: Executor) -> None:
        """Ends what it does in the database. To be repeated: between two statements there is nothing to end."""
        committing = self.phase == "committing"
        if (committing and not self.is_overdue()) or not self._lock.acquire(blocking=False):
            return
        try:
            if self._connection is None:
                return
            if not self.stopped:
                self.stopped, self._stopped_at_s = True, time.monotonic()
            self._press(helpers, committing=committing)
        finally:
            self._lock.release()

    def _press(self, helpers: Executor, *, committing: bool) -> None:
        if isinstance(self._connection, sqlite3.Connection):
            if not committing:
                self._connection.interrupt()
        elif committing or time.monotonic() > self._stopped_at_s + _CUT_AFTER_S:
            _cut(self._connection)
        elif self._cancelling is None or self._cancelling.done():
            self._cancelling = helpers.submit(self._cancel)

    def _cancel(self) -> None:
        with self._lock:  # so that it reaches no commit, and no other unit
            if self.phase == "working" and self._connection is not None:
                with suppress(Exception):  # whatever it was, the connection is cut next
                    self._connection.cancel_safe(timeout=_CANCEL_S)


def _cut(connection: Any) -> None:
    """Whoever waits for this connection hears at once that it is closed, however silent the other end is."""
    with suppress(Exception), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def listen_statements(engine: Engine) -> None:
    """Tells the unit of each thread when it waits for a statement."""

    def before(*_details: object) -> None:
        unit = CURRENT.get()
        if unit is not None:
            unit.asks()

    def after(*_details: object) -> None:
        unit = CURRENT.get()
        if unit is not None:
            unit.computes()

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    event.listen(engine, "handle_error", after)


def let_go(connection: Connection) -> None:
    """Closes the connection for good: an order to cancel may still be on its way to it."""
    with suppress(SQLAlchemyError):
        connection.invalidate()
