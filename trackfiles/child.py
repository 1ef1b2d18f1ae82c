"""A small pool of children that read files: bounded, killable, replaced when one is lost.

A child is a fresh interpreter, not a fork, so that nothing of the parent (secrets, sockets, threads) is in it, and what
it answers is decoded as plain data. The parent waits no longer than the deadline: then the child is killed.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from kernel.contracts.activity import SportTag
from trackfiles.outing import Dropped
from trackfiles.wire import Answer, BrokenPipe, Question, receive, send

_ANSWER_BYTES: Final = 1024 * 1024
_FAREWELL_S: Final = 2.0
_START_S: Final = 60.0


class ChildrenUnusable(Exception):
    """No child could be started: the installation is broken, and no file is to blame."""

    def __init__(self) -> None:
        super().__init__("The process that reads activity files cannot be started. Is the installation complete?")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one file may cost: seconds of waiting, and bytes of address space of the child that reads it."""

    deadline_s: float = 20.0
    memory_bytes: int = 1024 * 1024**2


class Children:
    """At most `jobs` children, started when they are needed. Safe to use from several threads; close it."""

    def __init__(self, jobs: int, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(max(1, jobs)):
            self._idle.put(None)
        self._jobs = max(1, jobs)

    def read(
        self, content: bytes, name: str, *, sport: SportTag | None = None, otherwise: SportTag | None = None
    ) -> Answer:
        """What a file says, as `outing_of` reads it; waits until a child is free.

        A child that crashes gives the code `file_unreadable`, one that takes too long `too_slow`. Raises
        ChildrenUnusable when none can be started.
        """
        child = self._idle.get()
        try:
            if child is None:
                child = _Child(self._bounds)
            reply = child.ask(Question(content, name, sport, otherwise))
        except BaseException:
            if child is not None:
                child.kill()
            self._idle.put(None)
            raise
        if not child.alive:
            child.kill()
        self._idle.put(child if child.alive else None)
        return reply

    def close(self) -> None:
        """Ends the children, after the files they read."""
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


class _Child:
    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        limits = (str(bounds.memory_bytes), str(max(1, round(bounds.deadline_s) + 1)))
        self._process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - this interpreter and this package, no word of a file
            [sys.executable, "-m", "trackfiles.worker", *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
        self._stdin, self._stdout = _piped(self._process.stdin), _piped(self._process.stdout)
        self._overdue = False
        try:
            self._within(_START_S, lambda: receive(self._stdout, Answer, _ANSWER_BYTES))
        except BrokenPipe as error:
            self.kill()
            raise ChildrenUnusable from error

    @property
    def alive(self) -> bool:
        return not self._overdue and self._process.poll() is None

    def ask(self, question: Question) -> Answer:
        try:
            return self._within(self._bounds.deadline_s, lambda: self._exchange(question))
        except BrokenPipe:
            self.kill()
            return Answer(dropped=_too_slow(question.name) if self._overdue else _unreadable(question.name))

    def _exchange(self, question: Question) -> Answer:
        send(self._stdin, question)
        return receive(self._stdout, Answer, _ANSWER_BYTES)

    def _within(self, deadline_s: float, talk: Callable[[], Answer]) -> Answer:
        """Whatever the talk waits for, the child's death ends it."""
        watch = threading.Timer(deadline_s, self._give_up)
        watch.daemon = True
        watch.start()
        try:
            return talk()
        finally:
            watch.cancel()

    def _give_up(self) -> None:
        self._overdue = True
        self._process.kill()

    def kill(self) -> None:
        self._process.kill()
        self._reap()

    def end(self) -> None:
        """Lets the child leave by itself: it does when its questions end."""
        self._stdin.close()
        try:
            self._process.wait(_FAREWELL_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reap()

    def _reap(self) -> None:
        self._process.wait()
        for stream in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):  # what it still held can no longer be delivered
                stream.close()


def _piped(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ChildrenUnusable
    return stream


def _environment() -> dict[str, str]:
    """What a child needs to find the code, and nothing else of the parent's environment: secrets stay here."""
    here = str(Path(__file__).resolve().parents[1])
    paths = os.pathsep.join([here, *(path for path in sys.path if path)])
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _too_slow(name: str) -> Dropped:
    return Dropped(name, "too_slow", "Reading this file took too long and was given up. Simplify the track first.")


def _unreadable(name: str) -> Dropped:
    return Dropped(name, "file_unreadable", "This file could not be read: it made its reader fail. Export it again.")
