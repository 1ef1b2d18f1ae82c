"""A small pool of children: started when they are needed, replaced as soon as one is lost, ended with the pool."""

from __future__ import annotations

import errno
import itertools
import operator
import threading
from types import TracebackType
from typing import Final, Self

from trackfiles.child import Bounds, Child, ChildrenUnusable, Lost
from trackfiles.questions import Question, Refused
from trackfiles.wire import Reply

_REFUSALS: Final = {
    Lost.TOO_SLOW: Refused("too_slow", "Reading this file took too long and was given up. Simplify the track first."),
    Lost.CRASHED: Refused("file_unreadable", "This file could not be read: it made its reader fail. Export it again."),
    Lost.KILLED: Refused("file_unreadable", "This file could not be read: its reader was ended twice. Try it again."),
}
_NOT_THE_FILE: Final = {Lost.KILLED, Lost.FROZEN}
_NO_ROOM: Final = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE}


class ChildrenStalled(Exception):
    """Children did not get to work, twice: the machine is too busy, or somebody stops them. No file is to blame."""

    def __init__(self) -> None:
        super().__init__("The processes that read activity files do not get to work; please try again later.")


class Stopped(Exception):
    """Whoever asked no longer wants the answer."""


class _NoRoom(Exception):
    """The machine has no room for one more process."""


class Stop:
    """Ends the work on questions from another thread, at once: the children that do it are killed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._working: set[Child] = set()
        self._pulled = False

    def pull(self) -> None:
        """What is asked with this stop raises Stopped, now and later."""
        with self._lock:
            self._pulled = True
            for child in self._working:
                child.kill()

    def check(self) -> None:
        """Raises Stopped once it was pulled."""
        with self._lock:
            if self._pulled:
                raise Stopped

    def works(self, child: Child) -> None:
        """This child begins to work. Raises Stopped."""
        with self._lock:
            if self._pulled:
                raise Stopped
            self._working.add(child)

    def rests(self, child: Child) -> None:
        """This child has done its work."""
        with self._lock:
            self._working.discard(child)


class _Idle:
    """Who may be asked.

    Light questions go to the one that is up, has read nothing heavy and worked last. Heavy ones leave it alone: their
    child is often thrown away after them, and whoever asks next would wait for another one to come up.
    """

    def __init__(self) -> None:
        self._there: list[tuple[int, int, Child | None]] = []
        self._changed = threading.Condition()
        self._turn = itertools.count(0, -1)

    def put(self, child: Child | None) -> None:
        rank = 3 if child is None else 2 if not child.awake else int(child.laden)
        with self._changed:
            self._there.append((rank, next(self._turn), child))
            self._changed.notify()

    def get(self, *, heavy: bool = False) -> Child | None:
        with self._changed:
            self._changed.wait_for(lambda: self._there)
            chosen = (max if heavy else min)(self._there, key=operator.itemgetter(0, 1))
            self._there.remove(chosen)
        return chosen[2]


class Children:
    """At most `jobs` children. Safe to use from several threads; close it."""

    def __init__(self, jobs: int, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._jobs = max(1, jobs)
        self._closing = False
        self._idle = _Idle()
        for _ in range(self._jobs):
            self._idle.put(None)

    def ask(self, question: Question, stop: Stop | None = None, *, heavy: bool = False) -> Reply:
        """What a child answers; waits until one is free. Heavy questions do not take the child that others count on.

        A question whose child was killed or frozen is asked once more. A file that its child does not survive gives the
        code `file_unreadable`, one that takes too long `too_slow`. Raises Stopped, ChildrenStalled, and
        ChildrenUnusable when none can be started.
        """
        stop = stop or Stop()
        first = outcome = self._ask_one(question, stop, heavy=heavy)
        if isinstance(first, Lost) and first in _NOT_THE_FILE:
            outcome = self._ask_one(question, stop, heavy=heavy)
        if isinstance(outcome, Reply):
            return outcome
        if outcome is Lost.FROZEN or (first is Lost.FROZEN and outcome is Lost.KILLED):
            raise ChildrenStalled
        return Reply(_REFUSALS[outcome])

    def wake(self) -> None:
        """Has one child up before the first question comes; of one that does not come up, that question hears."""
        child = self._idle.get()
        try:
            if not self._closing:
                child = child or Child(self._bounds)
                if not child.awake:
                    child.wake()
        finally:
            self._put_back(child, lost=child is not None and not child.awake, stop=Stop())

    def _ask_one(self, question: Question, stop: Stop, *, heavy: bool) -> Reply | Lost:
        child = self._idle.get(heavy=heavy)
        try:
            if child is not None and not child.alive:  # it died while nobody asked it
                child.bury()
                child = None
            child = child or _started(self._bounds)
            stop.works(child)
            if heavy:
                child.load()
            outcome = _come_up(child) or child.ask(question)
        except _NoRoom:
            outcome = Lost.FROZEN
        except BaseException:
            self._put_back(child, lost=True, stop=stop)
            raise
        self._put_back(child, lost=isinstance(outcome, Lost) or outcome.leaving, stop=stop)
        stop.check()
        return outcome

    def _put_back(self, child: Child | None, *, lost: bool, stop: Stop) -> None:
        try:
            if child is not None:
                stop.rests(child)
                if lost or not child.alive:
                    child.bury()
                    child = self._successor(child)
        except BaseException:
            child = None
            raise
        finally:
            self._idle.put(child)

    def _successor(self, child: Child) -> Child | None:
        """Starts at once, so that whoever asks next need not wait for it. One that never came up is not tried again."""
        if self._closing or not child.awake:
            return None
        try:
            return Child(self._bounds)
        except OSError:
            return None

    def close(self) -> None:
        """Ends the children, after the files they read."""
        self._closing = True
        for _ in range(self._jobs):
            child = self._idle.get()
            if child is not None:
                child.end()
        for _ in range(self._jobs):
            self._idle.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _started(bounds: Bounds) -> Child:
    try:
        return Child(bounds)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise _NoRoom from error
        raise ChildrenUnusable from error


def _come_up(child: Child) -> Lost | None:
    """None once it can be asked. Of a file it has not seen it says nothing. Raises ChildrenUnusable."""
    if child.awake:
        return None
    woken = child.wake()
    if isinstance(woken, Lost) and woken not in _NOT_THE_FILE:
        raise ChildrenUnusable
    return Lost.FROZEN if isinstance(woken, Lost) else None
