"""Q7: a clock that jumps by ten minutes around any boundary of a day, or stands while its machine sleeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from kernel.strava.quota import QUARTER_S
from servicekit.strava.counters import QuotaStore
from simulators.strava.application.quota import RateLimits
from tests.drills.test_q_quota import AROUND_S, QUARTERS
from tests.servicekit.quota_town import MIDNIGHT_S, Process, Town

JUMP_S: Final = 600.0
A_QUARTER: Final = 100
MOMENTS_S: Final = (*AROUND_S, QUARTER_S / 2, *(QUARTER_S - after_s for after_s in reversed(AROUND_S[1:])))
"""Of each quarter: everything that may be asked is asked at each of these."""


def jumps_back_and_forth(process: Process, nth: int, _pause_s: float) -> None:
    process.is_set(-JUMP_S if nth % 2 == 0 else JUMP_S)


def jumps_forth_and_back(process: Process, nth: int, _pause_s: float) -> None:
    process.is_set(JUMP_S if nth % 2 == 0 else -JUMP_S)


def goes_on_jumping_back(process: Process, _nth: int, _pause_s: float) -> None:
    process.is_set(-JUMP_S)


def sleeps(process: Process, _nth: int, pause_s: float) -> None:
    process.slept_s += pause_s


MISHAPS: Final = [jumps_back_and_forth, jumps_forth_and_back, goes_on_jumping_back, sleeps]


@pytest.mark.parametrize("mishap", MISHAPS, ids=lambda each: each.__name__)
async def test_no_boundary_is_passed_twice_by_a_clock_that_jumps(
    mishap: Callable[[Process, int, float], None], figure: Callable[[str], None]
):
    limits = RateLimits(2 * A_QUARTER, 10**6, A_QUARTER, 10**6)
    town = Town(QuotaStore(), limits, [0.0])
    (process,) = town.processes
    looks = 0
    for quarter in range(QUARTERS):
        for nth, beside_s in enumerate(MOMENTS_S):
            pause_s = MIDNIGHT_S + quarter * QUARTER_S + beside_s - town.now_s
            await town.passes(pause_s)
            if nth == quarter % len(MOMENTS_S):
                mishap(process, quarter, pause_s)
                looks += process.ledger.clock.doubtful
                # as the client does before it asks for anything else
                process.ledger.clock.learn(town.date(), asked_at_s=process.steady_s())
            while await process.granted():
                await town.send(process, "read", 0.0)
    offered = A_QUARTER * QUARTERS
    figure(
        f"Q7: {QUARTERS} boundaries, a clock that {mishap.__name__}: {town.asked} calls of {offered}, "
        f"{len(town.over)} over a limit, {looks} times Strava was asked for the time"
    )
    assert town.over == []
    assert town.asked >= 0.99 * offered
