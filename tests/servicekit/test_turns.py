from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from servicekit.web.turns import Busy, Turns


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_beyond_those_who_read_and_wait_everybody_is_told_to_come_again():
    turns = Turns(2, most_waiting=3)
    for _ in range(2):
        await turns.take(heavy=False)
    waiting = [asyncio.create_task(turns.take(heavy=False)) for _ in range(3)]
    await settle()
    with pytest.raises(Busy):
        await turns.take(heavy=False)
    turns.give_back(heavy=False)
    await settle()
    assert [task.done() for task in waiting] == [True, False, False]
    for task in waiting:
        task.cancel()


def test_who_brings_a_file_is_counted_before_its_first_byte():
    turns = Turns(2, most_waiting=3)
    with ExitStack() as guests:
        for _ in range(5):
            guests.enter_context(turns.guest())
        with pytest.raises(Busy):
            guests.enter_context(turns.guest())
    with turns.guest():
        pass


async def test_a_heavy_file_waits_for_the_other_and_light_ones_pass_it():
    turns = Turns(2, most_waiting=9)
    await turns.take(heavy=True)
    second = asyncio.create_task(turns.take(heavy=True))
    await settle()
    assert not second.done()
    await turns.take(heavy=False)
    light = asyncio.create_task(turns.take(heavy=False))
    await settle()
    turns.give_back(heavy=False)
    await settle()
    assert (second.done(), light.done()) == (False, True)
    turns.give_back(heavy=True)
    await settle()
    assert second.done()


async def test_the_longest_wait_is_ended_first():
    turns, order = Turns(1, most_waiting=9), list[int]()

    async def read(which: int, *, heavy: bool) -> None:
        await turns.take(heavy=heavy)
        order.append(which)
        turns.give_back(heavy=heavy)

    await turns.take(heavy=False)
    tasks = []
    for which in range(6):
        tasks.append(asyncio.create_task(read(which, heavy=which % 2 == 0)))
        await settle()
    turns.give_back(heavy=False)
    await asyncio.gather(*tasks)
    assert order == list(range(6))


@pytest.mark.parametrize("moment", ["waiting", "granted"])
async def test_who_is_cancelled_takes_no_place_along(moment: str):
    turns = Turns(1, most_waiting=2)
    await turns.take(heavy=False)
    gone = asyncio.create_task(turns.take(heavy=False))
    await settle()
    if moment == "granted":
        turns.give_back(heavy=False)
    gone.cancel()
    await settle()
    if moment == "waiting":
        turns.give_back(heavy=False)
    async with asyncio.timeout(5):
        await turns.take(heavy=False)


async def test_few_heavy_files_wait_however_many_light_ones_may():
    turns = Turns(2, most_waiting=9, most_heavy=1)
    await turns.take(heavy=True)
    waiting = asyncio.create_task(turns.take(heavy=True))
    await settle()
    with pytest.raises(Busy):
        await turns.take(heavy=True)
    await turns.take(heavy=False)
    waiting.cancel()
