"""The worker of the procrastinate queue: its library fetches and wakes, our rule decides what follows a run.

Procrastinate alone counts every retry as an attempt, lets a worker that was given up finish a job another one has, and
stops its heartbeat at the first trouble of the database; so outcomes and heartbeats are written here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.job_context import JobContext
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.orm import Session

from kernel.retry import backoff_s
from servicekit.data.database import Database
from servicekit.jobs.execution import log_trouble, run_job, tell_dead
from servicekit.jobs.procrastinate import store
from servicekit.jobs.procrastinate.outcomes import TROUBLE, Outcomes, RetryRule
from servicekit.jobs.queue import Job, NewJob, Pace, periodic_keys, upkeep_s

_STOP_PATIENCE_S = 5.0
_LASTED_S = 60.0
"""A worker that worked for so long was no failed try."""


class ProcrastinateWorker:
    """One `work()` call: a worker of the library for all jobs without a cap, and one for each job with one."""

    def __init__(
        self,
        database: Database,
        jobs: Sequence[Job],
        *,
        now: Callable[[], datetime],
        pace: Pace,
    ) -> None:
        self._database = database
        self._jobs = {job.name: job for job in jobs}
        self._now = now
        self._pace = pace
        self._workers: dict[str, Worker] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Works until cancelled."""
        # the library logs the arguments of each job; our own lines say what happened
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        async with self._new_pool() as pool:
            app = App(connector=PsycopgConnector())
            outcomes = Outcomes(app, self._database, self._jobs, self._now)
            self._teach(app, outcomes)
            await app.open_async(pool)
            await self._work(app, outcomes)

    async def _work(self, app: App, outcomes: Outcomes) -> None:
        loops = [asyncio.create_task(self._keep_working(app, *group)) for group in self._groups()]
        tasks = [asyncio.create_task(self._keep_up(outcomes)), *loops]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await self._stop(tasks)

    async def _stop(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Asks all to end and waits for them; only who does not listen is cancelled.

        Cancelling is no way to ask. Before Python 3.12 a cancellation that arrives together with an answer of the
        database is lost, and the library takes a second one, while it shuts down, for an order to drop everything:
        jobs in their grace time would go on unwatched, and open connections of a database that was closed meanwhile.
        """
        self._stopping.set()
        for worker in self._workers.values():
            worker.stop()  # type: ignore[no-untyped-call]  # the library annotates its arguments only
        _, deaf = await asyncio.wait(tasks, timeout=self._pace.grace_s + _STOP_PATIENCE_S)
        while deaf:
            for task in deaf:
                task.cancel()
            _, deaf = await asyncio.wait(deaf, timeout=_STOP_PATIENCE_S)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def _new_pool(self) -> AsyncConnectionPool:
        url = self._database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return AsyncConnectionPool(
            url,
            min_size=1,
            max_size=4,
            kwargs={"connect_timeout": 10, "prepare_threshold": None},
            check=AsyncConnectionPool.check_connection,
            open=False,
        )

    def _teach(self, app: App, outcomes: Outcomes) -> None:
        app.job_manager = outcomes
        for job in self._jobs.values():
            app.task(name=job.name, queue=job.name, pass_context=True, retry=RetryRule(job, outcomes))(_body(job))

    def _groups(self) -> list[tuple[list[str], int]]:
        free = [name for name, job in self._jobs.items() if not job.concurrency]
        capped = [([name], job.concurrency) for name, job in self._jobs.items() if job.concurrency]
        return [(free, self._pace.slots), *capped] if free else capped

    async def _keep_working(self, app: App, names: list[str], concurrency: int) -> None:
        troubles = 0
        while not self._stopping.is_set():
            worker = Worker(
                app,
                queues=names,
                concurrency=concurrency,
                fetch_job_polling_interval=self._pace.poll_s,
                shutdown_graceful_timeout=self._pace.grace_s,
                install_signal_handlers=False,
                update_heartbeat_interval=self._pace.lease_s,
                stalled_worker_timeout=self._pace.lease_s,
            )
            self._workers[names[0]], began_s = worker, time.monotonic()
            try:
                await worker.run()  # type: ignore[no-untyped-call]  # the library annotates its arguments only
            except TROUBLE as error:
                log_trouble("job_worker_failed", error)
            troubles = troubles + 1 if time.monotonic() - began_s < _LASTED_S else 1
            await self._pause(backoff_s(troubles, first_s=self._pace.poll_s))

    async def _keep_up(self, outcomes: Outcomes) -> None:
        """Says that its workers live, frees the jobs of those that do not, and puts periodic jobs."""
        while not self._stopping.is_set():
            try:
                await self._live_and_rescue()
                await outcomes.write_overdue()
                await self._database.write(self._put_periodic)
            except TROUBLE as error:
                log_trouble("job_upkeep_failed", error)
            await self._pause(upkeep_s(self._pace.lease_s))

    async def _live_and_rescue(self) -> None:
        ids = [worker.worker_id for worker in self._workers.values() if worker.worker_id is not None]
        # first and for itself: whatever hinders the rest does not make these workers look dead
        await self._database.write(lambda session: store.beat(session, ids))
        names = list(self._jobs)
        for key in await self._database.write(lambda session: store.stalled(session, names, self._pace.lease_s)):
            # each for itself: one that cannot be given up holds up no other
            try:
                await self._database.write(partial(self._rescue, key))
            except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
                log_trouble("job_rescue_failed", error)

    def _rescue(self, key: int, session: Session) -> None:
        given_up = store.rescue(session, key, self._now(), self._pace.lease_s)
        if given_up is not None:
            name, args = given_up
            tell_dead(self._jobs[name], args, session)

    def _put_periodic(self, session: Session) -> None:
        keys = periodic_keys(self._jobs)
        for key in keys.keys() - store.alive(session, list(keys)):
            store.add(session, NewJob(keys[key], {}, unique=key), self._now())


def _body(job: Job) -> Callable[..., Awaitable[None]]:
    async def body(_context: JobContext, **payload: Any) -> None:
        error = await run_job(job, payload.get("args", {}), payload.get("request_id"))
        if error is not None:
            raise error

    return body
