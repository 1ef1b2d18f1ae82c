"""The process that draws: one thing at a time, a queue with an end, and nothing that can hold it for ever."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from math import sqrt

import pytest

from ayda_service.plans.drawing import DrawingBusy, DrawingProcess
from servicekit.web.turns import Busy

LONG_S = 3_600.0
PATIENT_S = 120.0


@pytest.fixture
async def drawing() -> AsyncIterator[DrawingProcess]:
    made = DrawingProcess(deadline_s=PATIENT_S, most_waiting=1)
    yield made
    await made.close()


async def stuck(drawing: DrawingProcess) -> asyncio.Task[None]:
    """Somebody's drawing that never ends; the process is at it."""
    await drawing.make(os.getpid)
    task = asyncio.create_task(drawing.make(time.sleep, LONG_S))
    await asyncio.sleep(0)
    return task


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_things_are_made_in_one_process_that_is_not_this_one(drawing: DrawingProcess):
    pids = {await drawing.make(os.getpid) for _ in range(3)}
    assert len(pids) == 1
    assert os.getpid() not in pids


async def test_drawing_gives_way_to_who_serves(drawing: DrawingProcess):
    least = 19
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert await drawing.make(os.getpriority, os.PRIO_PROCESS, 0) == min(least, ours + 5)


async def test_what_a_maker_raises_reaches_who_asked_and_costs_no_process(drawing: DrawingProcess):
    pid = await drawing.make(os.getpid)
    with pytest.raises(ValueError, match="math domain"):
        await drawing.make(sqrt, -1)
    assert await drawing.make(os.getpid) == pid


async def test_what_takes_too_long_is_killed_and_the_next_one_gets_a_new_process(drawing: DrawingProcess):
    pid = await drawing.make(os.getpid)
    drawing._deadline_s = 0.1
    with pytest.raises(DrawingBusy):
        await drawing.make(time.sleep, LONG_S)
    drawing._deadline_s = PATIENT_S
    assert await drawing.make(os.getpid) != pid


async def test_a_process_that_dies_is_replaced(drawing: DrawingProcess):
    pid = await drawing.make(os.getpid)
    with pytest.raises(DrawingBusy):
        await drawing.make(os._exit, 3)
    assert await drawing.make(os.getpid) != pid


async def test_beyond_the_end_of_the_queue_nobody_waits(drawing: DrawingProcess):
    first = await stuck(drawing)
    second = asyncio.create_task(drawing.make(os.getpid))
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await drawing.make(os.getpid)
    await drawing.close()
    for waiting in (first, second):
        with pytest.raises(DrawingBusy):
            await waiting


async def test_who_leaves_does_not_end_what_others_wait_for(drawing: DrawingProcess):
    pid = await drawing.make(os.getpid)
    leaving = asyncio.create_task(drawing.make(time.sleep, 0.05))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await drawing.make(os.getpid) == pid


async def test_after_the_end_nothing_is_made_and_no_process_is_left():
    drawing = DrawingProcess(deadline_s=PATIENT_S)
    pid = await drawing.make(os.getpid)
    await drawing.close()
    async with asyncio.timeout(PATIENT_S):
        while is_alive(pid):  # noqa: ASYNC110 - a process of the system tells nobody
            await asyncio.sleep(0.01)
    with pytest.raises(DrawingBusy):
        await drawing.make(os.getpid)
