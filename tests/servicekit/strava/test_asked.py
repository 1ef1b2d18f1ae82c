"""What the urgent are expected to ask: every wish counts once, however often it is refused before it is granted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kernel.strava.quota import GUARD_S, QUARTER_S, Limits, Priority, QuotaExhausted
from servicekit.strava.asked import AGAIN_FRESH_S, AskedBefore
from servicekit.strava.counters import QuotaStore
from servicekit.strava.quota import QuotaLedger

NOON_S = 1_790_078_400.0
A_QUARTER = 3


class Town:
    """Two processes on one store, and those whose wishes were refused."""

    def __init__(self) -> None:
        self.now_s = NOON_S + 60.0
        self.store = QuotaStore()
        limits = Limits((A_QUARTER, 1000), (2 * A_QUARTER, 2000))
        self.ledgers = [
            QuotaLedger(self.store, now=lambda: datetime.fromtimestamp(self.now_s, UTC), limits=limits, shared=True)
            for _ in range(2)
        ]
        self.waiting = 0

    async def ask(self, wishes: int, priority: Priority = Priority.INTERACTIVE) -> None:
        for nth in range(wishes):
            try:
                await self.ledgers[nth % 2].acquire("read", priority)
            except QuotaExhausted:
                self.waiting += 1

    async def next_quarter(self) -> None:
        self.now_s += QUARTER_S
        again, self.waiting = self.waiting, 0
        await self.ask(again)

    async def counted(self) -> int:
        # a new reader, who has remembered nothing
        demands = await AskedBefore(self.store).demands(Priority.DEEP, self.now_s)
        return sum(demands[Priority.INTERACTIVE].today)


async def test_wishes_that_wait_for_several_windows_count_once():
    here = Town()
    await here.ask(8)
    assert here.waiting == 8 - A_QUARTER
    for _ in range(3):
        await here.next_quarter()
        assert await here.counted() == 8
    assert here.waiting == 0


async def test_a_new_wish_beside_those_that_come_again_is_counted():
    here = Town()
    await here.ask(5)
    await here.next_quarter()
    here.now_s += 2 * AGAIN_FRESH_S
    await here.ask(2)
    assert await here.counted() == 7


async def test_who_is_refused_for_good_was_a_wish_too():
    here = Town()
    await here.ask(A_QUARTER + 1)
    here.now_s += 2 * QUARTER_S
    assert await here.counted() == A_QUARTER + 1


@pytest.mark.parametrize("priority", [Priority.DEEP, Priority.FIRST_LOOK])
async def test_the_patient_are_not_counted(priority: Priority):
    here = Town()
    here.now_s += GUARD_S
    await here.ask(2, priority)
    assert await here.counted() == 0


async def test_one_who_comes_again_within_a_quarter_is_counted_once():
    store, now_s = QuotaStore(), NOON_S
    asked = AskedBefore(store)
    for _ in range(4):
        await store.add_all(1, asked.noted(Priority.WEBHOOK, now_s))
        await asked.settle(Priority.WEBHOOK, now_s, now_s + 30.0)
        now_s += 30.0
    demands = await AskedBefore(store).demands(Priority.DEEP, now_s)
    assert sum(demands[Priority.WEBHOOK].today) == 1
