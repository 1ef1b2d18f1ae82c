"""One child that reads files: a fresh interpreter, bounded, killable, and what became of it when it is lost.

A fresh interpreter and not a fork, so that nothing of the parent (secrets, sockets, threads) is in it; what it answers
is decoded as plain data. The parent waits no longer than the deadline: then the child is killed.
"""

from __future__ import annotations

import contextlib
import enum
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeVar

from trackfiles.limits import cpu_and_state_of, set_back
from trackfiles.questions import Question, most_answer_bytes
from trackfiles.wire import READY_BYTES, Asked, BrokenPipe, Hangup, Language, Ready, Reply, send

_FAREWELL_S: Final = 2.0
_EXIT_S: Final = 1.0
_GONE_S: Final = 30.0
"""Between its last sign and its end, on a machine so busy that a dying process does not get to die."""
_START_S: Final = 60.0
_TICK_S: Final = 0.25
_IDLE_SHARE: Final = 0.1
"""Of the deadline: a child that has used less of the processor until then did not work on the file."""

_STOPPED: Final = {"T", "t"}
_NAMES: Final = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGPIPE", "SIGUSR1", "SIGUSR2", "SIGALRM")
_FROM_OUTSIDE: Final = {-getattr(signal, name) for name in _NAMES if hasattr(signal, name)}
T = TypeVar("T")


class ChildrenUnusable(Exception):
    """No child could be started: the installation is broken, and no file is to blame."""

    def __init__(self) -> None:
        super().__init__("The process that reads activity files cannot be started. Is the installation complete?")


class Lost(enum.Enum):
    """How a child ended without an answer."""

    TOO_SLOW = enum.auto()
    """It worked on the file until its time was over."""
    CRASHED = enum.auto()
    """It did not survive the file."""
    KILLED = enum.auto()
    """A signal from outside ended it, which the system's hand on short memory cannot be told from."""
    FROZEN = enum.auto()
    """It was stopped, or did not get to work until the time was over."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one file may cost: seconds of waiting and of the processor, and bytes of address space of its child."""

    deadline_s: float = 20.0
    memory_bytes: int = 1024 * 1024**2
    cpu_s: int | None = None
    """A second more than the deadline unless given."""

    @property
    def most_cpu_s(self) -> int:
        """Whole seconds, as the system counts them."""
        return self.cpu_s or max(1, round(self.deadline_s) + 1)


class Child:
    """A process that answers one question at a time. It starts at once; `wake` waits until it is up."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        limits = (str(bounds.memory_bytes), str(bounds.most_cpu_s))
        self._process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - this interpreter and this package, no word of a file
            [sys.executable, "-m", "trackfiles.worker", *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
        self._stdin, self._stdout = _piped(self._process.stdin), _piped(self._process.stdout)
        self._given_up: Lost | None = None
        self.laden = False
        """Whether it has read something heavy: it may be thrown away soon."""
        self.awake = False
        """Whether it has come up, and may be asked without waiting for that."""

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._given_up is None and self._process.poll() is None

    def wake(self) -> Ready | Lost:
        """Waits until it is ready; a child that is lost is dead."""
        ready = self._within(_START_S, lambda: Language(Ready).receive(self._stdout, READY_BYTES))
        self.awake = isinstance(ready, Ready)
        return ready

    def ask(self, question: Question) -> Reply | Lost:
        """What it answers; a child that is lost is dead."""
        return self._within(self._bounds.deadline_s, lambda: self._exchange(question))

    def load(self) -> None:
        """From now on it reads heavy things, and works behind everybody whose question is light."""
        self.laden = True
        set_back(self._process.pid)

    def kill(self) -> None:
        """Ends it in the middle of whatever it does; from any thread."""
        self._process.kill()

    def bury(self) -> None:
        """Waits for the end of a child that was killed."""
        self._process.kill()
        self._process.wait()
        for stream in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):  # what it still held can no longer be delivered
                stream.close()

    def end(self) -> None:
        """Lets the child leave by itself: it does when its questions end."""
        with contextlib.suppress(OSError):
            self._stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_FAREWELL_S)
        self.bury()

    def _exchange(self, question: Question) -> Reply:
        send(self._stdin, Asked(question))
        return Language(Reply).receive(self._stdout, most_answer_bytes(question))

    def _within(self, deadline_s: float, talk: Callable[[], T]) -> T | Lost:
        """Whatever the talk waits for, the child's death ends it."""
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(deadline_s, over), daemon=True)
        watch.start()
        try:
            return talk()
        except BrokenPipe as broken:
            code = self._code(_GONE_S if isinstance(broken, Hangup) else _EXIT_S)
            self.kill()
            return self._given_up or _fate(code)
        finally:
            over.set()

    def _code(self, within_s: float) -> int | None:
        """The exit status of a child that has just left, None while it goes on."""
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            return None

    def _watch(self, deadline_s: float, over: threading.Event) -> None:
        """Kills the child at the deadline, and as soon as it is seen stopped."""
        ends_at_s, before = time.monotonic() + deadline_s, cpu_and_state_of(self._process.pid)
        while not over.wait(max(0.0, min(_TICK_S, ends_at_s - time.monotonic()))):
            now, late = cpu_and_state_of(self._process.pid), time.monotonic() >= ends_at_s
            stopped = now is not None and now[1] in _STOPPED
            if not late and not stopped:
                continue
            idle = now is not None and before is not None and now[0] - before[0] < _IDLE_SHARE * deadline_s
            self._given_up = Lost.FROZEN if stopped or idle else Lost.TOO_SLOW
            self.kill()
            return


def _fate(code: int | None) -> Lost:
    """What an exit status tells; None is a child that went on and was not understood."""
    if code is not None and code in _FROM_OUTSIDE:
        return Lost.KILLED
    return Lost.TOO_SLOW if code == -getattr(signal, "SIGXCPU", 0) else Lost.CRASHED


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
