"""How late the event loop is: what every request of the process waits for while one of them holds the loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from time import monotonic
from typing import Final

from servicekit.base.metrics import Metrics

EVERY_S: Final = 0.05
NAME: Final = "event_loop_lag_seconds"
_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_MOST: Final = 1000


@contextlib.asynccontextmanager
async def measured_loop(
    metrics: Metrics,
    *,
    clock_s: Callable[[], float] = monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[None]:
    """Measures the running loop for the length of the block, twenty times a second."""
    histogram = metrics.histogram(NAME, "How late the event loop ran what was due.", _BUCKETS_S)

    async def watch() -> None:
        while True:
            due_s = clock_s() + EVERY_S
            await sleep(EVERY_S)
            for late_s in lags_s(clock_s() - due_s):
                histogram.observe(late_s)

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def lags_s(late_s: float) -> Iterator[float]:
    """What each of the wake-ups would have seen that one stall has swallowed, the longest first.

    Without them a stall of a second would be one reading among many good ones: what HdrHistogram corrects as
    coordinated omission.
    """
    late_s = max(0.0, late_s)
    yield late_s
    swallowed = min(_MOST, int(late_s / EVERY_S))
    yield from (max(0.0, late_s - number * EVERY_S) for number in range(1, swallowed + 1))
