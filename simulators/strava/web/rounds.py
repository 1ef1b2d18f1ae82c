"""What the simulator does by itself while it is served: uploads that become ready, events that fall due."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from litestar import Litestar

from simulators.strava.push.courier import Caller
from simulators.strava.simulator import Simulator


class Reach:
    """The way to callbacks, made when it is first needed: most simulations never push anything."""

    def __init__(self, caller: Caller | None = None) -> None:
        self._caller = caller

    def __call__(self) -> Caller:
        if self._caller is None:
            from simulators.strava.push.client import HttpCaller  # noqa: PLC0415 - see above

            self._caller = HttpCaller()
        return self._caller

    async def close(self) -> None:
        """Let go of open connections."""
        if self._caller is not None:
            await self._caller.close()


_LONGEST_NAP_S = 0.05


def rounds(simulator: Simulator, reach: Reach) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """A lifespan that makes the rounds until the server stops."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        walking = asyncio.create_task(_walk(simulator, reach))
        try:
            yield
        finally:
            walking.cancel()
            await asyncio.gather(walking, return_exceptions=True)
            await reach.close()
            simulator.save()

    return lifespan


async def _walk(simulator: Simulator, reach: Reach) -> None:
    """A delivery that takes its two seconds keeps nobody else waiting."""
    on_the_way: set[asyncio.Task[int]] = set()
    while True:
        due_s = simulator.next_due_s()
        wait_s = _LONGEST_NAP_S if due_s is None else due_s - simulator.clock.now_s()
        if wait_s <= 0:
            on_the_way.add(task := asyncio.create_task(simulator.tick(reach())))
            task.add_done_callback(on_the_way.discard)
        await asyncio.sleep(min(max(wait_s, 0.002), _LONGEST_NAP_S))
