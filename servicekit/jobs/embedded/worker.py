"""The worker of the SQL queue: claims, runs, renews leases."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from kernel.retry import backoff_s
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.data.trouble import DATABASE_TROUBLE
from servicekit.jobs.embedded.store import SqlJobStore
from servicekit.jobs.kept import JobWorker, log_outcome, log_refused, log_trouble, run_job
from servicekit.jobs.queue import Held, Job, Pace, decide, upkeep_s


@dataclass(slots=True)
class _Run:
    job: Job
    held: Held
    body: asyncio.Task[Exception | None]
    lost: bool = False


class SqlWorker(JobWorker):
    """Claims jobs and renews their leases; everything it runs ends with it."""

    def __init__(
        self, database: Database, store: SqlJobStore, jobs: Sequence[Job], *, now: Callable[[], datetime], pace: Pace
    ) -> None:
        super().__init__(database, store, jobs, now=now, pace=pace)
        self._rows = store
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._id = uuid7()
        self._runs: dict[asyncio.Task[None], _Run] = {}
        self._stopping = False

    def wake(self) -> None:
        """Lets it look for jobs at once; from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed, and with it the worker gone
                self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Works until cancelled; then running jobs get the grace time, and what is left is ready for another."""
        self._loop = asyncio.get_running_loop()
        upkeep = asyncio.create_task(self._keep_up())
        try:
            await self._take_jobs()
        finally:
            await asyncio.shield(asyncio.ensure_future(self._stop(upkeep)))

    async def _take_jobs(self) -> None:
        troubles = 0
        woken = True
        while True:
            self._wake.clear()
            try:
                claimed = await self._claim(probe=not woken)
            except DATABASE_TROUBLE as error:
                troubles += 1
                log_trouble("job_claim_failed", error)
                await asyncio.sleep(backoff_s(troubles, first_s=self._pace.poll_s))
                continue
            troubles = 0
            for one in claimed:
                self._start(one)
            woken = bool(claimed) or await self._is_woken()

    async def _is_woken(self) -> bool:
        """Whether somebody said before the next poll that there may be jobs."""
        try:
            async with asyncio.timeout(self._pace.poll_s):
                return await self._wake.wait()
        except TimeoutError:
            return False

    async def _claim(self, *, probe: bool) -> list[Held]:
        """A claim that a cancellation does not lose: it is finished, and the jobs given back."""
        names, most = self._room()
        if not names:
            return []
        attempt = asyncio.create_task(self._claim_some(names, most, probe=probe))
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            with suppress(*DATABASE_TROUBLE):
                for held in await attempt:
                    await self._give_back(held)
            raise

    async def _claim_some(self, names: Sequence[str], most: int, *, probe: bool) -> list[Held]:
        # an idle worker asks without taking the write lock
        if probe and not await self._database.read(lambda session: self._rows.due(session, names, self._now())):
            return []
        return await self._database.write(
            lambda session: self._rows.claim(
                session, names, worker=self._id, now=self._now(), lease_s=self._pace.lease_s, most=most
            )
        )

    def _room(self) -> tuple[list[str], int]:
        """The kinds that may start, and how many jobs may whatever their kinds."""
        active = Counter(run.job.name for run in self._runs.values())
        room = {
            name: (job.concurrency or self._pace.slots) - active[name]
            for name, job in self._jobs.items()
            if not job.concurrency or active[name] < job.concurrency
        }
        free = self._pace.slots - len(self._runs)
        return ([], 0) if free < 1 or not room else (list(room), max(1, min(free, *room.values())))

    def _start(self, held: Held) -> None:
        job = self._jobs[held.name]
        run = _Run(job, held, asyncio.create_task(run_job(job, held.args, held.request_id, held.traceparent)))
        task = asyncio.create_task(self._see_through(run))
        self._runs[task] = run
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._runs[task]
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log_trouble("job_not_finished", error)

    async def _see_through(self, run: _Run) -> None:
        await asyncio.wait([run.body])
        if run.lost:
            return
        if run.body.cancelled():
            if self._stopping:
                await self._give_back(run.held)
                return
            error: Exception | None = RuntimeError("The job cancelled itself.")
        else:
            error = run.body.result()
        outcome = decide(run.job, run.held.failures, error)
        log_outcome(run.held, outcome, error)
        await self.finish(run.held, outcome)

    async def _give_back(self, held: Held) -> None:
        with suppress(*DATABASE_TROUBLE):  # its lease runs out otherwise
            await self._database.write(
                lambda session: self._rows.again(session, held, self._now(), failures=held.failures, error=None)
            )

    async def _keep_up(self) -> None:
        """Renews leases, rescues and puts periodic jobs, several times per lease."""
        while True:
            try:
                await self._renew()
                if await self.rescue() | await self.put_periodic():
                    self._wake.set()
            except Exception as error:  # noqa: BLE001 - without upkeep a worker would lose its jobs and not notice
                log_trouble("job_upkeep_failed", error)
            await asyncio.sleep(upkeep_s(self._pace.lease_s))

    async def _renew(self) -> None:
        if not self._runs:
            return
        running = list(self._runs.values())
        ids = [run.held.id for run in running]
        until = self._now() + timedelta(seconds=self._pace.lease_s)
        held = await self._database.write(lambda session: self._rows.renew(session, self._id, ids, until))
        for run in running:
            if (run.held.id, run.held.token) not in held and not run.body.done():
                run.lost = True
                run.body.cancel()
                log_refused(run.held)

    async def _stop(self, upkeep: asyncio.Task[None]) -> None:
        self._stopping = True
        if self._runs:
            await asyncio.wait(self._runs, timeout=self._pace.grace_s)
        for run in self._runs.values():
            run.body.cancel()
        if self._runs:
            await asyncio.wait(self._runs, timeout=self._pace.grace_s)
        upkeep.cancel()
        await asyncio.wait([upkeep])
