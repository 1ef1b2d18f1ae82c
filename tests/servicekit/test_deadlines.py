"""Deadlines that share a timer: each block is ended at its own, as `asyncio.timeout` would."""

from __future__ import annotations

import asyncio

import pytest

from servicekit.base.deadlines import Deadlines


async def test_a_block_is_ended_at_its_deadline_and_says_so():
    block = Deadlines().within(0.01)
    with pytest.raises(TimeoutError), block:
        await asyncio.sleep(5)
    assert block.expired
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()


@pytest.mark.parametrize("seconds", [None, 5.0])
async def test_a_block_that_ends_in_time_is_left_alone(seconds: float | None):
    with Deadlines().within(seconds) as block:
        await asyncio.sleep(0.02)
    assert not block.expired


async def test_each_of_many_has_its_own_deadline_whichever_began_first():
    deadlines, ended = Deadlines(), list[float]()

    async def run(seconds: float) -> None:
        with pytest.raises(TimeoutError), deadlines.within(seconds):
            await asyncio.sleep(5)
        ended.append(seconds)

    await asyncio.gather(*(run(seconds) for seconds in (0.06, 0.02, 0.1, 0.04)))
    assert ended == [0.02, 0.04, 0.06, 0.1]


async def test_what_has_no_time_from_the_start_has_expired_and_is_not_cancelled():
    for seconds in (0.0, -1.0):
        with Deadlines().within(seconds) as block:
            await asyncio.sleep(0)
        assert block.expired


async def test_a_deadline_that_is_forgotten_never_comes():
    with Deadlines().within(0.01) as block:
        block.forget()
        await asyncio.sleep(0.03)
    assert not block.expired


async def test_a_timeout_of_the_work_itself_is_no_deadline():
    block = Deadlines().within(5)
    with pytest.raises(TimeoutError), block:
        raise TimeoutError
    assert not block.expired


async def test_who_is_cancelled_by_somebody_else_too_stays_cancelled():
    late = asyncio.Event()

    async def run() -> None:
        with Deadlines().within(0.01):
            try:
                await asyncio.sleep(5)
            except asyncio.CancelledError:
                late.set()
                await asyncio.sleep(5)

    task = asyncio.create_task(run())
    await late.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_one_event_loop_after_another_is_served():
    deadlines = Deadlines()

    async def ends() -> None:
        with pytest.raises(TimeoutError), deadlines.within(0.01):
            await asyncio.sleep(5)

    async def leaves_a_timer() -> None:
        with deadlines.within(5):
            await asyncio.sleep(0)

    for work in (leaves_a_timer, ends, leaves_a_timer, ends):
        asyncio.run(work())
