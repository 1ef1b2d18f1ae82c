"""Who waits for news is woken by it, so that nobody asks again and again or sleeps."""

from __future__ import annotations

import asyncio
import contextlib


class Bell:
    """Counts changes; `rung` is the version of all that a simulator shows."""

    def __init__(self) -> None:
        self.rung = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Something has changed."""
        self.rung += 1
        waiting, self._waiting = self._waiting, set()
        for sleeper in waiting:
            if not sleeper.done():
                sleeper.set_result(None)

    async def wait_beyond(self, seen: int, within_s: float) -> int:
        """The version, as soon as it is later than `seen`, or as it is when the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self.rung <= seen:
                    sleeper = asyncio.get_running_loop().create_future()
                    self._waiting.add(sleeper)
                    try:
                        await sleeper
                    finally:
                        self._waiting.discard(sleeper)
        return self.rung
