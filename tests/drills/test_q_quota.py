"""Q1, Q3, Q5 to Q7: what is asked of Strava, by Strava's own count, on a clock that passes as fast as the work does."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from benchmarks.quota_load import crowd_of
from benchmarks.quota_play import Play
from kernel.strava.quota import GUARD_S, SHARES, Kind, Limits, Priority, QuotaExhausted
from servicekit.strava.counters import QuotaStore
from servicekit.strava.quota import Permit, QuotaLedger
from simulators.strava.application.quota import DAY_S, QUARTER_S, Quota, RateLimits

MIDNIGHT_S: Final = 1_790_035_200.0
LIMITS: Final = RateLimits(200, 2000, 100, 1000)
GUESS: Final = Limits((100, 1000), (200, 2000))
SKEWS_S: Final = (-GUARD_S, -1.0, 0.0, 1.0, GUARD_S)
QUARTERS: Final = 96
AROUND_S: Final = (0.0, 0.5, 1.5, 2.5, 4.5)
"""After a boundary, and before the next one: everything that may be asked is asked at each of these moments."""


class Process:
    """A process of a service, with a clock of its own."""

    def __init__(self, town: Town, store: QuotaStore, off_s: float, guess: Limits = GUESS) -> None:
        self.off_s = off_s
        self.ledger = QuotaLedger(
            store,
            now=lambda: datetime.fromtimestamp(town.now_s + off_s, UTC),
            limits=guess,
            share=SHARES.predictor,
            shared=True,
        )


class Town:
    """Processes on one store, and Strava, who counts."""

    def __init__(self, processes: int, chance: random.Random) -> None:
        store = QuotaStore()
        self.now_s = MIDNIGHT_S
        self.judge = Quota(LIMITS)
        self.asked = self.over = self.lost = 0
        self.chance = chance
        self.processes = [Process(self, store, chance.uniform(-GUARD_S, GUARD_S)) for _ in range(processes)]

    async def ask(self) -> float | None:
        """One wish of one process; when it may be asked again if not now."""
        process, kind = self.chance.choice(self.processes), self.chance.choice(["read", "read", "upload"])
        wish: Kind = "upload" if kind == "upload" else "read"
        try:
            permit = await process.ledger.acquire(wish, self.chance.choice(list(Priority)))
        except QuotaExhausted as refused:
            return refused.retry_at_s - process.off_s
        await self._use(process, permit, wish)
        return None

    async def _use(self, process: Process, permit: Permit, kind: Kind) -> None:
        fate = self.chance.random()
        if fate < 0.05:
            await permit.give_back()
            return
        if fate < 0.1:
            self.lost += 1  # its process was killed: it counts as used
            return
        self.asked += 1
        self.over += not self.judge.take(self.now_s, read=kind == "read")
        if fate < 0.9:
            await process.ledger.observe(
                self.judge.headers(self.now_s, read=kind == "read"), asked_at_s=self.now_s + process.off_s
            )


async def test_q1_processes_of_any_clock_that_ask_and_die_at_random_never_pass_a_limit(
    drill: bool, figure: Callable[[str], None]
):
    days, chance = (30 if drill else 1), random.Random(1)
    town = Town(4, chance)
    while town.now_s < MIDNIGHT_S + days * DAY_S:
        again_s = await town.ask()
        if again_s is None:
            town.now_s += chance.expovariate(1 / 3)
        elif chance.random() < 0.2:
            # exactly when told, and around every boundary
            town.now_s = max(
                town.now_s, min(again_s, (town.now_s // QUARTER_S + 1) * QUARTER_S + chance.uniform(-3, 3))
            )
        else:
            town.now_s += chance.expovariate(1 / 20)
    figure(f"Q1: 4 processes, {days} days, {town.asked} calls, {town.lost} permits lost: {town.over} over a limit")
    assert town.asked > 900 * days
    assert town.over == 0


async def test_q3_after_a_429_nobody_asks_before_the_window_ends(figure: Callable[[str], None]):
    town, refused = Town(4, random.Random(3)), 0
    town.now_s += 100
    await town.processes[0].ledger.refused("read")
    for process in town.processes:
        for priority in Priority:
            with pytest.raises(QuotaExhausted) as told:
                await process.ledger.acquire("read", priority)
            refused += 1
            assert told.value.retry_at_s >= MIDNIGHT_S + QUARTER_S
    figure(f"Q3: a 429, then {refused} wishes of {len(town.processes)} processes: 0 calls before the window ended")
    town.now_s = MIDNIGHT_S + QUARTER_S + 2 * GUARD_S
    assert isinstance(await town.processes[1].ledger.acquire("read", Priority.INTERACTIVE), Permit)


async def test_a_permit_that_was_not_used_is_there_for_another():
    town = Town(2, random.Random(4))
    one, other = (process.ledger for process in town.processes)
    permits = [await one.acquire("read", Priority.INTERACTIVE) for _ in range(100)]
    with pytest.raises(QuotaExhausted):
        await other.acquire("read", Priority.INTERACTIVE)
    await permits[7].give_back()
    await other.acquire("read", Priority.INTERACTIVE)
    with pytest.raises(QuotaExhausted):
        await one.acquire("read", Priority.INTERACTIVE)


def assert_urgent_served_and_day_used(told: Mapping[str, Any]) -> None:
    assert told["overruns"] == 0
    assert told["webhook_same_window"] >= 0.999
    assert told["used_share"] >= 0.97
    assert told["interactive_refused"] == 0


async def test_q5_q6_with_a_backlog_at_all_hours_the_urgent_are_served_in_their_window_and_the_day_is_used(
    drill: bool, figure: Callable[[str], None]
):
    athletes, limit, days = (300, (200, 2000), 8) if drill else (60, (100, 1000), 2)
    play = Play(crowd_of(athletes, 5, urgent_reads=0.7 * limit[1]), limit)
    await play.days(1)
    await play.connect()
    await play.days(days)
    told = play.figures()
    figure(
        f"Q5, Q6: load 0.7, {athletes} athletes, {told['days']} days: {told['events']} events, "
        f"{told['webhook_same_window']:.2%} in their window, {told['used_share']:.1%} of the day used with a backlog, "
        f"{told['interactive_refused']} interactive refused, {told['overruns']} overruns"
    )
    assert_urgent_served_and_day_used(told)


async def test_q5_when_everybody_connects_at_once_to_a_new_app_their_first_events_find_their_reads(
    drill: bool, figure: Callable[[str], None]
):
    athletes = 1_000 if drill else 300
    play = Play(crowd_of(athletes, 14), (200, 2000))
    await play.connect()
    await play.days(3 if drill else 2)
    told = play.figures()
    figure(
        f"Q5: {athletes} athletes on day 0 of a new app: {told['events']} events in {told['days']} days, "
        f"{told['webhook_same_window']:.2%} in their window, {told['used_share']:.1%} of the day used at the least, "
        f"{told['interactive_refused']} interactive refused, {told['overruns']} overruns"
    )
    assert_urgent_served_and_day_used(told)


async def test_q5_one_long_history_does_not_hold_up_the_short_ones(figure: Callable[[str], None]):
    crowd = crowd_of(8, 6)
    alike = Play(type(crowd)((200,) * 8, 0.0, 0.0, 6), (40, 400))
    with_giant = Play(type(crowd)((*(200,) * 7, 3000), 0.0, 0.0, 6), (40, 400))
    for play in (alike, with_giant):
        await play.connect()
        await play.days(3)
    jain = with_giant.figures()["jain"]
    first = [sorted(play.tally.first_looks_s)[6] for play in (alike, with_giant)]
    figure(
        f"Q5: Jain {jain} of a 3,000-activity athlete and seven others; first looks {first[1] / first[0]:.2f} as late"
    )
    assert jain >= 0.95
    assert first[1] <= 1.05 * first[0] + 2 * QUARTER_S


async def test_q7_no_boundary_is_passed_twice_by_clocks_that_differ(figure: Callable[[str], None]):
    # the last of the moments is the beginning of one quarter more
    offered, over, used = 100 * (QUARTERS + 1) * len(SKEWS_S), 0, 0
    for off_s in SKEWS_S:
        town = Town(1, random.Random(7))
        # a day that never runs out, so that each of its quarters has as much
        town.judge = Quota(RateLimits(200, 10**6, 100, 10**6))
        process = town.processes[0] = Process(town, QuotaStore(), off_s, Limits((100, 10**6), (200, 10**6)))
        for quarter in range(QUARTERS):
            begin_s = MIDNIGHT_S + quarter * QUARTER_S
            for beside_s in (*AROUND_S, QUARTER_S / 2, *(QUARTER_S - after_s for after_s in reversed(AROUND_S))):
                town.now_s = begin_s + beside_s
                while await granted(process):
                    over += not town.judge.take(town.now_s, read=True)
                    used += 1
    figure(f"Q7: {QUARTERS} boundaries, {len(SKEWS_S)} skews: {used} calls of {offered}, {over} over a limit")
    assert over == 0
    assert used >= 0.99 * offered


async def granted(process: Process) -> bool:
    try:
        await process.ledger.acquire("read", Priority.INTERACTIVE)
    except QuotaExhausted:
        return False
    return True
