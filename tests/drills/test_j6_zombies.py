"""J6: a worker stands still for longer than its lease and then goes on: what others took over is not done twice."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from servicekit.jobs.queue import LEASE_S
from tests.drills.killed_queue import KilledQueue
from tests.drills.queue_worker import RUN
from tests.drills.reporting import DRILL, report
from tests.drills.test_j1_killed_workers import KINDS, place

pytestmark = pytest.mark.system

ROUNDS = 200 if DRILL else 3
JOBS_A_ROUND = 20
LEASE = 2.0 if DRILL else 1.0
STANDS_S = 3.5 * LEASE
"""A lease, what it takes others to notice, and time to work on what was taken over."""
assert LEASE < LEASE_S  # or the rounds would take hours


@dataclass
class StandingQueue(KilledQueue):
    """Workers that stand still and go on."""

    stood: set[int] = field(default_factory=set)

    async def stand(self) -> None:
        """Puts jobs; in their midst one worker stands still until others have its jobs, and then goes on with them."""
        putting = asyncio.create_task(self._put(JOBS_A_ROUND, LEASE))
        await asyncio.sleep(LEASE / 2)
        worker = self._workers[self.rng.randrange(len(self._workers))]
        worker.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(STANDS_S)
        finally:
            worker.send_signal(signal.SIGCONT)
        self.stood.add(worker.pid)
        await putting

    async def taken_over(self) -> int:
        """How many jobs began in a worker that stood, and once more in another process."""
        runs = await self.database.read(lambda session: session.execute(select(RUN.c.number, RUN.c.pid)).all())
        workers = defaultdict[int, set[int]](set)
        for number, pid in runs:
            workers[number].add(pid)
        return sum(len(pids) > 1 and bool(pids & self.stood) for pids in workers.values())

    def gone(self) -> int:
        """Workers that have ended although nobody killed them."""
        return sum(worker.returncode is not None for worker in self._workers)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_taken_over_from_a_worker_that_stood_still_is_done_once(tmp_path: Path, kind: str):
    with place(kind, tmp_path) as (url, server):
        queue = StandingQueue(url, LEASE, random.Random(6), server)
        await queue.open()
        try:
            for _ in range(ROUNDS):
                await queue.stand()
            await queue.finish()
            verdict, taken_over, gone = await queue.judge(), await queue.taken_over(), queue.gone()
        finally:
            await queue.close()
    report(
        f"J6 {kind}",
        rounds=ROUNDS,
        jobs=verdict.jobs,
        taken_over=taken_over,
        lost=verdict.lost,
        double=verdict.doubles,
        workers_gone=gone,
    )
    assert (verdict.lost, verdict.doubles, verdict.unwanted, gone) == (0, 0, 0, 0)
    assert taken_over > 0, "nobody took anything over, so nothing was shown"
