"""The lag of the event loop, measured without waiting for a clock."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from servicekit.base.loop_lag import EVERY_S, NAME, lags_s, measured_loop
from servicekit.base.metrics import Metrics

pytestmark = pytest.mark.anyio


@example(late_s=1.7)
@given(st.floats(-1.0, 40.0))
def test_a_stall_counts_once_for_each_wake_up_that_it_swallowed(late_s: float):
    seen = list(lags_s(late_s))
    assert seen[0] == max(0.0, late_s)
    assert len(seen) == 1 + int(max(0.0, late_s) / EVERY_S)
    assert all(0 <= each <= max(0.0, late_s) for each in seen)


async def test_a_second_without_the_loop_is_more_than_a_twentieth_of_the_readings_of_ten():
    metrics, turns = Metrics(), iter([0.0] * 100 + [1.0] + [0.0] * 99)
    clock = [0.0]
    ended = asyncio.Event()

    async def sleep(duration_s: float) -> None:
        extra_s = next(turns, None)
        if extra_s is None:
            ended.set()
            await asyncio.Event().wait()
        clock[0] += duration_s + (extra_s or 0.0)
        await asyncio.sleep(0)

    async with measured_loop(metrics, clock_s=lambda: clock[0], sleep=sleep):
        await ended.wait()
    count = metrics.registry.get_sample_value(f"{NAME}_count")
    good = metrics.registry.get_sample_value(f"{NAME}_bucket", {"le": "0.05"})
    assert count == 220
    assert good is not None
    assert count - good >= 0.05 * 200
