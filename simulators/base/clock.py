"""The time in a simulator, and what it does by itself as the time goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Final, Protocol

from litestar import Litestar

from simulators.base.client import Caller

_LONGEST_NAP_S: Final = 0.05


class SimulatorClock:
    """Aware UTC time that can be moved forward, never back; `ahead_s` is how far it is ahead of the injected one."""

    def __init__(self, now: Callable[[], datetime], ahead_s: float = 0.0) -> None:
        self._now = now
        self.ahead_s = ahead_s

    def now(self) -> datetime:
        return self._now() + timedelta(seconds=self.ahead_s)

    def now_s(self) -> float:
        """Epoch seconds."""
        return self.now().timestamp()

    def advance(self, seconds: float) -> datetime:
        """The new time, `seconds` later. Raises ValueError for a negative step."""
        if seconds < 0:
            raise ValueError("The simulator's clock only moves forward.")
        self.ahead_s += seconds
        return self.now()


class Walking(Protocol):
    """A simulator in which something falls due without a request."""

    @property
    def clock(self) -> SimulatorClock: ...

    def next_due_s(self) -> float | None:
        """When the next thing falls due, epoch seconds of its clock; what is under way is not counted."""

    async def tick(self, caller: Caller) -> int:
        """Do what is due; how much of it was done through the caller."""

    def save(self) -> None:
        """Write down what has changed."""


def rounds(simulator: Walking, caller: Caller) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """A lifespan that makes the rounds until the server stops."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        walking = asyncio.create_task(_walk(simulator, caller))
        try:
            yield
        finally:
            walking.cancel()
            await asyncio.gather(walking, return_exceptions=True)
            await caller.close()
            simulator.save()

    return lifespan


async def _walk(simulator: Walking, caller: Caller) -> None:
    """A delivery that takes its two seconds keeps nobody else waiting."""
    on_the_way: set[asyncio.Task[int]] = set()
    while True:
        due_s = simulator.next_due_s()
        wait_s = _LONGEST_NAP_S if due_s is None else due_s - simulator.clock.now_s()
        if wait_s <= 0:
            on_the_way.add(task := asyncio.create_task(simulator.tick(caller)))
            task.add_done_callback(on_the_way.discard)
        await asyncio.sleep(min(max(wait_s, 0.002), _LONGEST_NAP_S))
