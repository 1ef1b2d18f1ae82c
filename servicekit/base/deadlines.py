"""Deadlines that hardly anybody reaches. One timer stands for all of them, where each would cost one of its own."""

from __future__ import annotations

import asyncio
from operator import attrgetter
from types import TracebackType
from typing import Final, Self

_AT_S: Final = attrgetter("at_s")


class Deadlines:
    """Those of one kind of work. Whoever ends in time has cost no timer."""

    __slots__ = ("_loop", "_running", "_timer")

    def __init__(self) -> None:
        self._running: set[Within] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def within(self, seconds: float | None) -> Within:
        """A block of the running task that has so many seconds; None: as many as it likes.

        Of one without a second left nothing is to be done: it has expired before it begins.
        """
        return Within(self, seconds)

    def add(self, block: Within, at_s: float, loop: asyncio.AbstractEventLoop) -> None:
        """It has begun."""
        self._running.add(block)
        if self._timer is None or self._loop is not loop or at_s < self._timer.when():
            self._set(at_s, loop)

    def discard(self, block: Within) -> None:
        """It has ended, or has no deadline any more."""
        self._running.discard(block)

    def _set(self, at_s: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._loop, self._timer = loop, loop.call_at(at_s, self._look)

    def _look(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        late = [each for each in self._running if each.at_s <= now_s]
        for block in sorted(late, key=_AT_S):
            self._running.discard(block)
            block.expire()
        if self._running:
            self._set(min(each.at_s for each in self._running), loop)


class Within:
    """A block as that of `asyncio.timeout`, and what it raises at its deadline is a TimeoutError too."""

    __slots__ = ("_cancels", "_deadlines", "_seconds", "_task", "at_s", "expired")

    def __init__(self, deadlines: Deadlines, seconds: float | None) -> None:
        self._deadlines = deadlines
        self._seconds = seconds
        self._task: asyncio.Task[object] | None = None
        self._cancels = 0
        self.at_s = 0.0
        self.expired = seconds is not None and seconds <= 0
        """Whether the deadline came before the end of the block."""

    def __enter__(self) -> Self:
        if self._seconds is not None and not self.expired:
            loop = asyncio.get_running_loop()
            self._task = task = asyncio.current_task(loop)
            if task is None:
                raise RuntimeError("A deadline is one of a task.")
            self._cancels = task.cancelling()
            self.at_s = loop.time() + self._seconds
            self._deadlines.add(self, self.at_s, loop)
        return self

    def forget(self) -> None:
        """What goes on in the block has all the time there is."""
        self._deadlines.discard(self)

    def expire(self) -> None:
        """The deadline has come."""
        self.expired = True
        if self._task is not None:
            self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._deadlines.discard(self)
        if not self.expired or self._task is None:
            return
        # whoever else cancelled the task is heard
        if self._task.uncancel() <= self._cancels and kind is asyncio.CancelledError:
            raise TimeoutError from error
