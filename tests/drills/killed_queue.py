"""A queue whose workers and whose database are killed, and what its tables tell afterwards."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from servicekit.data.database import Database
from servicekit.data.trouble import DATABASE_TROUBLE
from servicekit.jobs.procrastinate.store import apply_procrastinate_schema
from tests.drills.own_postgres import OwnPostgres
from tests.drills.queue_worker import COUNT, EFFECT, METADATA, RUN, WISH, queue_on

ROOT = Path(__file__).parents[2]
WORKERS = 2
PATIENCE_S = 120.0
_BROKEN_OFF = 0.05


class BrokenOff(Exception):
    """A transaction its owner thinks better of."""


async def start_process(module: str, *arguments: str, stdin: int | None = None) -> asyncio.subprocess.Process:
    """A worker that has begun to work."""
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdin=stdin, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"works\n"
    return process


async def kill(process: asyncio.subprocess.Process) -> None:
    process.kill()
    await process.wait()


@dataclass(frozen=True)
class Verdict:
    """What became of the jobs that were put.

    `waits_s`: from the kill of a worker until its job ran again, without the time in which there was no database.
    `unexplained`: runs of a job that another worker had run, while neither this one nor the database was killed.
    """

    jobs: int
    lost: int
    doubles: int
    unwanted: int
    unexplained: int
    waits_s: Sequence[float]


@dataclass
class KilledQueue:
    """`server` is there when the database can be killed too."""

    url: str
    lease_s: float
    rng: random.Random
    server: OwnPostgres | None = None
    killed_at_s: dict[int, float] = field(default_factory=dict)
    outages_s: list[tuple[float, float]] = field(default_factory=list)
    left_by_themselves: int = 0
    given_up: set[int] = field(default_factory=set)
    """Jobs that were with as many killed workers as any may be, and waited to be replayed."""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _workers: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def open(self) -> None:
        """Makes the tables, and starts the workers."""
        self.database = Database(self.url)
        self._queue = queue_on(self.database, self.lease_s)
        with self.database.engine.begin() as connection:
            METADATA.create_all(connection)
            apply_procrastinate_schema(connection)
        self._workers = [await self._start() for _ in range(WORKERS)]

    async def close(self) -> None:
        for worker in self._workers:
            if worker.returncode is None:
                await kill(worker)
        await self.database.close()

    async def round(self, jobs: int, lasts_s: float, *, kill_database: bool) -> None:
        """Puts jobs while workers work; one of them dies, the database with it, and another worker takes its place."""
        putting, starting = asyncio.create_task(self._put(jobs, lasts_s)), asyncio.create_task(self._start())
        await asyncio.sleep(lasts_s * self.rng.uniform(0.7, 1.0))
        victim = self._workers.pop(self.rng.randrange(WORKERS))
        if victim.returncode is None:
            await kill(victim)
        else:
            self.left_by_themselves += 1
        self.killed_at_s[victim.pid] = time.time()
        if kill_database and self.server is not None:
            began_s = time.time()
            await asyncio.to_thread(self.server.kill)
            await asyncio.to_thread(self.server.start)
            self.outages_s.append((began_s, time.time()))
        self._workers.append(await starting)
        await putting

    async def put(self, jobs: int) -> None:
        await self._put(jobs, 0.0)

    async def finish(self) -> None:
        """Returns when every job had its effect, or nothing happens any more; replays those that were given up."""
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s and (await self.judge()).lost:
            for dead in await self._queue.dead():
                if await self._queue.replay(dead.id):
                    self.given_up.add(dead.args["number"])
            await asyncio.sleep(0.5)
        # a job that would run once more shows itself
        await asyncio.sleep(min(self.lease_s * 1.5, 60.0))

    async def judge(self) -> Verdict:
        # the server was killed under this connection too, and a unit of work survives that
        wishes, effects, runs = await self.database.read(_seen)
        by_number: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for run in runs:
            if run.number not in self.given_up:
                by_number[run.number].append((run.began_s, run.pid))
        waits_s, unexplained = [], 0
        for former, latter in itertools.chain.from_iterable(map(itertools.pairwise, by_number.values())):
            killed_s = self.killed_at_s.get(former[1])
            if killed_s is not None and former[0] <= killed_s <= latter[0]:
                waits_s.append(latter[0] - killed_s - self._away_s(killed_s, latter[0]))
            elif not any(began_s <= latter[0] and former[0] <= ended_s + 5 for began_s, ended_s in self.outages_s):
                unexplained += 1
        return Verdict(
            jobs=len(wishes),
            lost=len(wishes - effects.keys()),
            doubles=sum(count > 1 for count in effects.values()),
            unwanted=len(effects.keys() - wishes),
            unexplained=unexplained,
            waits_s=waits_s,
        )

    def _away_s(self, since_s: float, until_s: float) -> float:
        """For how long of this time nobody could have run anything: a killed PostgreSQL may take a minute to end."""
        return sum(max(0.0, min(ended_s, until_s) - max(began_s, since_s)) for began_s, ended_s in self.outages_s)

    async def _start(self) -> asyncio.subprocess.Process:
        return await start_process("tests.drills.queue_worker", self.url, str(self.lease_s))

    async def _put(self, jobs: int, lasts_s: float) -> None:
        """So many jobs, each with its wish in one transaction; some transactions are broken off, some are cut off."""
        for _ in range(jobs):
            number, work_s = next(self._numbers), self.rng.uniform(0.05, 1.5)
            with suppress(BrokenOff, *DATABASE_TROUBLE):
                await self.database.write(lambda session, each=(number, work_s): self._wish(session, *each))
            await asyncio.sleep(0.8 * lasts_s / jobs)

    def _wish(self, session: Session, number: int, work_s: float) -> None:
        session.execute(insert(WISH).values(number=number))
        self._queue.add(session, COUNT, {"number": number, "work_s": work_s})
        if self.rng.random() < _BROKEN_OFF:
            raise BrokenOff


def _seen(session: Session) -> tuple[set[int], Counter[int], Sequence[Any]]:
    """What was wished for, how often each wish had its effect, and every run in order."""
    wishes = set(session.scalars(select(WISH.c.number)))
    effects = Counter(session.scalars(select(EFFECT.c.number)))
    return wishes, effects, session.execute(select(RUN).order_by(RUN.c.began_s)).all()
