"""A caller that is cancelled cannot cut a unit of work in two, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy.pool import QueuePool

from servicekit.data.database import Database
from servicekit.data.patience import must_be_kept
from tests.servicekit.data.conftest import METADATA, PARENT, PATIENCE_S, Held, add, ids


@pytest.fixture
async def narrow(url: str) -> AsyncIterator[Database]:
    """A database that runs one unit at a time."""
    narrow = Database(url, pool_size=1)
    METADATA.create_all(narrow.engine)
    yield narrow
    await narrow.close()


async def held(database: Database, number: int) -> tuple[Held, asyncio.Task[None]]:
    """A unit that has begun, and its caller."""
    unit = Held(number)
    caller = asyncio.create_task(database.write(unit))
    await asyncio.to_thread(unit.begun.wait)
    return unit, caller


def in_use(database: Database) -> int:
    assert isinstance(database.engine.pool, QueuePool)
    return database.engine.pool.checkedout()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - what is awaited is a plain condition
            await asyncio.sleep(0.01)


async def test_a_unit_whose_caller_was_cancelled_before_it_began_never_runs(narrow: Database):
    unit, caller = await held(narrow, 1)
    waiting = asyncio.create_task(narrow.write(add(2)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting], timeout=1)
    assert waiting.cancelled(), "it waits for nobody"
    unit.let_go()
    await caller
    assert await ids(narrow, PARENT) == [1]


async def test_a_unit_that_has_begun_is_rolled_back_whole_and_its_cancelled_caller_goes_on_after_it(database: Database):
    unit, caller = await held(database, 1)
    for _ in range(3):
        caller.cancel()
        await asyncio.wait([caller], timeout=0.02)
    assert not caller.done()
    unit.let_go()
    await asyncio.wait([caller])
    assert caller.cancelled()
    assert not unit.ended
    assert await ids(database, PARENT) == []


async def test_a_unit_that_must_be_kept_ends_whole_and_its_cancelled_caller_goes_on_after_it(database: Database):
    with must_be_kept():
        unit, caller = await held(database, 1)
    caller.cancel()
    await asyncio.wait([caller], timeout=0.05)
    assert not caller.done()
    unit.let_go()
    await asyncio.wait([caller])
    assert caller.cancelled()
    assert unit.ended
    assert await ids(database, PARENT) == [1]


async def test_a_deadline_is_told_when_the_unit_has_ended(database: Database):
    unit = Held(1)
    asyncio.get_running_loop().call_later(0.1, unit.let_go)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await database.write(unit)
    assert unit.over
    assert await ids(database, PARENT) == []


async def test_the_error_of_a_unit_whose_caller_was_cancelled_bothers_nobody(database: Database):
    await database.write(add(1))
    unit, caller = await held(database, 1)  # which is there already
    caller.cancel()
    unit.let_go()
    await asyncio.wait([caller])
    assert caller.cancelled()
    assert await ids(database, PARENT) == [1]


async def test_cancelled_callers_leave_no_connection_in_use(database: Database):
    for number in range(60):
        task = asyncio.create_task(database.write(add(number)))
        await asyncio.sleep(number * 0.0001)
        task.cancel()
        await asyncio.wait([task])
    await until(lambda: in_use(database) == 0)
    await database.write(add(1000))


async def test_a_process_that_is_stopped_rolls_back_what_began_and_drops_what_queues(narrow: Database):
    unit = Held(0)

    async def serve() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(narrow.write(unit))
            for number in range(1, 6):
                group.create_task(narrow.write(add(number)))

    serving = asyncio.create_task(serve())
    await asyncio.to_thread(unit.begun.wait)
    serving.cancel()
    asyncio.get_running_loop().call_later(0.05, unit.let_go)
    await asyncio.wait([serving])
    assert await ids(narrow, PARENT) == []


async def test_close_waits_for_what_began_and_for_what_queues_and_takes_no_more(url: str):
    narrow = Database(url, pool_size=1)
    METADATA.create_all(narrow.engine)
    unit, caller = await held(narrow, 1)
    queued = asyncio.create_task(narrow.write(add(2)))
    await asyncio.sleep(0)
    closing = asyncio.create_task(narrow.close())
    await asyncio.wait([closing], timeout=0.05)
    assert not closing.done()
    unit.let_go()
    await asyncio.gather(caller, queued, closing)
    assert in_use(narrow) == 0
    with pytest.raises(RuntimeError):
        await narrow.write(add(3))
    again = Database(url)
    assert await ids(again, PARENT) == [1, 2]
    await again.close()
