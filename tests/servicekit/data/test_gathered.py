"""Who comes while a unit of work runs shares the next one; nobody has a result that is not durable."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import pytest

from servicekit.data.gathered import Gathered
from servicekit.data.patience import of_a_request
from servicekit.data.trouble import DatabaseUnavailable


class Slow:
    """Doubles numbers once it may; refuses what is negative."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.batches: list[list[int]] = []

    async def write(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        await self.may.wait()
        if min(numbers) < 0:
            raise ValueError("negative")
        return [number * 2 for number in numbers]


async def begun(slow: Slow) -> None:
    while not slow.batches:  # noqa: ASYNC110 - what is awaited is a plain condition
        await asyncio.sleep(0)


async def test_who_comes_while_one_is_written_shares_the_next_write():
    slow = Slow()
    gathered = Gathered(slow.write, most=100)
    first = gathered.put(0)
    await begun(slow)
    others = [gathered.put(number) for number in range(1, 5)]
    assert len(gathered) == 4
    slow.may.set()
    assert await asyncio.gather(first, *others) == [0, 2, 4, 6, 8]
    assert slow.batches == [[0], [1, 2, 3, 4]]


async def test_nobody_has_an_answer_before_the_write_has_ended():
    slow = Slow()
    answer = Gathered(slow.write, most=100).put(1)
    await begun(slow)
    await asyncio.sleep(0)
    assert not answer.done()
    slow.may.set()
    assert await answer == 2


async def test_no_write_takes_more_than_it_may():
    slow = Slow()
    slow.may.set()
    gathered = Gathered(slow.write, most=3)
    assert await asyncio.gather(*(gathered.put(number) for number in range(8))) == list(range(0, 16, 2))
    assert [len(batch) for batch in slow.batches] == [3, 3, 2]


async def test_a_write_that_fails_is_told_to_its_own_and_to_nobody_else():
    slow = Slow()
    gathered = Gathered(slow.write, most=2)
    put = [gathered.put(number) for number in (1, -1, 3, 4)]
    slow.may.set()
    told = await asyncio.gather(*put, return_exceptions=True)
    assert [type(each) for each in told] == [ValueError, ValueError, int, int]


async def test_who_leaves_is_written_all_the_same_and_holds_up_nobody():
    slow = Slow()
    gathered = Gathered(slow.write, most=100)
    gone, stays = gathered.put(1), gathered.put(2)
    await begun(slow)
    gone.cancel()
    slow.may.set()
    assert await stays == 4
    assert slow.batches == [[1, 2]]
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_closing_waits_for_what_is_being_written():
    slow = Slow()
    gathered = Gathered(slow.write, most=100)
    answer = gathered.put(1)
    await begun(slow)
    asyncio.get_running_loop().call_later(0.02, slow.may.set)
    await gathered.close()
    assert answer.result() == 2


async def test_an_answer_that_comes_as_patience_ends_is_an_answer():
    async def blocks_the_loop(numbers: Sequence[int]) -> list[int]:
        time.sleep(0.02)  # noqa: ASYNC251 - both then fall due in one turn of it
        await asyncio.sleep(0)
        return [number * 2 for number in numbers]

    with of_a_request(0.01):
        assert await Gathered(blocks_the_loop, most=100).result(1) == 2


async def test_who_has_no_patience_left_is_told_that_the_database_is_busy():
    slow = Slow()
    with of_a_request(0.01), pytest.raises(DatabaseUnavailable):
        await Gathered(slow.write, most=100).result(1)
