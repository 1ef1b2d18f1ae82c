"""What the simulator does by itself while it is served: uploads that become ready, events that fall due."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from litestar import Litestar

from simulators.strava.push.courier import Caller
from simulators.strava.simulator import Simulator

_LONGEST_NAP_S = 0.05


def rounds(simulator: Simulator, caller: Caller) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
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


async def _walk(simulator: Simulator, caller: Caller) -> None:
    """A delivery that takes its two seconds keeps nobody else waiting."""
    on_the_way: set[asyncio.Task[int]] = set()
    while True:
        due_s = simulator.next_due_s()
        wait_s = _LONGEST_NAP_S if due_s is None else due_s - simulator.clock.now_s()
        if wait_s <= 0:
            on_the_way.add(task := asyncio.create_task(simulator.tick(caller)))
            task.add_done_callback(on_the_way.discard)
        await asyncio.sleep(min(max(wait_s, 0.002), _LONGEST_NAP_S))
