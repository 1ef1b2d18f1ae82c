"""Work that belongs to no request: it goes on when its caller has left or has no more time."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any, TypeVar

from servicekit.base.correlation import DEADLINE_AT_S

T = TypeVar("T")


class Detached:
    """Tasks without a deadline, which only their own timeouts end. `close()` it before what they work with."""

    def __init__(self) -> None:
        self._under_way = set[asyncio.Task[Any]]()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """The task of it, with the caller's context but for the deadline; `asyncio.shield` it where it is awaited.

        What it raises is not reported as unseen when nobody waits any more: it has to log for itself.
        """
        context = contextvars.copy_context()
        context.run(DEADLINE_AT_S.set, None)
        task = asyncio.get_running_loop().create_task(work, context=context)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self, within_s: float) -> None:
        """Lets what is under way end, for at most so many seconds."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=within_s)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # seen
