"""A process beside this one that draws: drawing takes a second of CPU, which must not be that of requests.

It makes one thing at a time. What takes too long is killed with its process, and the next one gets a new process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, connection, get_context, parent_process
from multiprocessing.process import BaseProcess
from typing import Any, Final, TypeVar

import structlog

from servicekit.base.detached import Detached
from servicekit.web.turns import Busy, Turns

DEADLINE_S: Final = 20.0
MOST_WAITING: Final = 8
"""At a second each, all of them are drawn while their requests last."""
_NICENESS: Final = 5
T = TypeVar("T")


class DrawingBusy(Busy):
    """More pictures and files wait than are taken on, or this one took too long."""

    sentence = "Too many pictures are being drawn at the moment; please ask for this one again in a few seconds."


class DrawingProcess:
    """Makes things in another process, started when the first one is asked for. Close it."""

    def __init__(self, *, deadline_s: float = DEADLINE_S, most_waiting: int = MOST_WAITING) -> None:
        self._deadline_s = deadline_s
        self._turns = Turns(1, most_waiting)
        self._work = Detached()
        self._pool: ProcessPoolExecutor | None = None
        self._children: set[BaseProcess] = set()
        self._closed = False

    async def make(self, maker: Callable[..., T], *given: Any) -> T:
        """What a function of a module makes of these values, all of which have to be picklable. Raises DrawingBusy.

        It goes on when its caller leaves: half a picture is of no use to the next one.
        """
        try:
            await self._turns.take(heavy=False)
        except Busy:
            raise DrawingBusy from None
        working = self._work.start(self._made(maker, given))
        working.add_done_callback(lambda _: self._turns.give_back(heavy=False))
        return await asyncio.shield(working)

    async def close(self) -> None:
        """Ends the process, whatever it does; nothing is made any more."""
        self._closed = True
        self._kill()
        await self._work.close(within_s=self._deadline_s)

    async def _made(self, maker: Callable[..., T], given: tuple[Any, ...]) -> T:
        log = structlog.get_logger(__name__)
        try:
            async with asyncio.timeout(self._deadline_s):
                submitted = await asyncio.to_thread(self._submitted, maker, given)
                if not self._closed:
                    return await asyncio.wrap_future(submitted)
        except TimeoutError:
            log.warning("drawing_took_too_long", maker=maker.__name__)
        except BrokenProcessPool:
            log.warning("drawing_process_died", maker=maker.__name__)
        self._kill()
        raise DrawingBusy

    def _submitted(self, maker: Callable[..., T], given: tuple[Any, ...]) -> Future[T]:
        """Starts a process where there is none, which takes a while: call it in a thread."""
        if self._pool is not None:
            return self._pool.submit(maker, *given)
        others = set(active_children())
        self._pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin)
        submitted = self._pool.submit(maker, *given)
        self._children = set(active_children()) - others
        return submitted

    def _kill(self) -> None:
        pool, self._pool = self._pool, None
        for child in self._children:
            child.kill()
        self._children = set()
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)


def _begin() -> None:
    """In the new process: leave Ctrl-C and the best of the CPU to who serves, and end when that one is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(AttributeError, OSError):
        os.nice(_NICENESS)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
