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
from procrastinate import exceptions as procrastinate_errors
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as Row
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool

from kernel.retry import backoff_s
from servicekit.data.database import Database
from servicekit.data.engine import TO_POSTGRES
from servicekit.data.trouble import DATABASE_TROUBLE
from servicekit.jobs.kept import JobWorker, log_outcome, log_trouble, run_job
from servicekit.jobs.procrastinate.store import ProcrastinateStore
from servicekit.jobs.queue import Again, Done, Held, Job, Outcome, Pace, decide, upkeep_s

_TROUBLE = (*DATABASE_TROUBLE, procrastinate_errors.ConnectorException)
_STOP_PATIENCE_S = 5.0
_LASTED_S = 60.0
"""A worker that worked for so long was no failed try."""


class Outcomes(JobManager):
    """Writes down what the retry rule decided, and only for the worker that still has the job."""

    def __init__(self, app: App, worker: JobWorker) -> None:
        super().__init__(app.connector)
        self._worker = worker
        self.decided: dict[int, Outcome] = {}
        self._overdue: dict[int, tuple[Held, Outcome]] = {}

    async def finish_job(self, job: Row, *_args: Any, **_settings: Any) -> None:
        """Writes down the outcome of this run."""
        held, outcome = _held(job), self.decided.pop(job.id or 0, Done())
        if not await self._worker.finish(held, outcome):
            self._overdue[held.id] = held, outcome

    retry_job = finish_job

    async def write_overdue(self) -> None:
        """Writes down what the database did not take when the jobs ended: else they would count as running for ever."""
        for key, (held, outcome) in list(self._overdue.items()):
            if await self._worker.finish(held, outcome, tries=1):
                del self._overdue[key]


class RetryRule(BaseRetryStrategy):
    """Our retry rule in the library's words."""

    def __init__(self, job: Job, outcomes: Outcomes) -> None:
        self._job = job
        self._outcomes = outcomes

    def get_retry_decision(self, *, exception: BaseException, job: Row) -> RetryDecision | None:
        """Decides, remembers the decision for `Outcomes`, and logs it."""
        if isinstance(exception, asyncio.CancelledError | procrastinate_errors.JobAborted):
            outcome: Outcome = Again(0, "The worker stopped.", counts=False)
        else:
            outcome = decide(self._job, job.attempts, exception)
        log_outcome(_held(job), outcome, exception)
        self._outcomes.decided[job.id or 0] = outcome
        return RetryDecision(retry_in={"seconds": 0}) if isinstance(outcome, Again) else None


class ProcrastinateWorker(JobWorker):
    """A worker of the library for all jobs without a cap, and one for each job with one."""

    def __init__(
        self,
        database: Database,
        store: ProcrastinateStore,
        jobs: Sequence[Job],
        *,
        now: Callable[[], datetime],
        pace: Pace,
    ) -> None:
        super().__init__(database, store, jobs, now=now, pace=pace)
        self._rows = store
        self._workers: dict[str, Worker] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Works until cancelled."""
        # the library logs the arguments of each job; our own lines say what happened
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        async with self._new_pool() as pool:
            app = App(connector=PsycopgConnector())
            outcomes = Outcomes(app, self)
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
        engine = self._database.engine
        # the URL itself means another thing to libpq where it names several servers
        _, given = engine.dialect.create_connect_args(engine.url)
        given.pop("context", None)
        return AsyncConnectionPool(
            min_size=1,
            max_size=4,
            kwargs={**given, **TO_POSTGRES},
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
            except _TROUBLE as error:
                log_trouble("job_worker_failed", error)
            troubles = troubles + 1 if time.monotonic() - began_s < _LASTED_S else 1
            await self._pause(backoff_s(troubles, first_s=self._pace.poll_s))

    def _ids(self) -> list[int]:
        return [worker.worker_id for worker in self._workers.values() if worker.worker_id is not None]

    async def _keep_up(self, outcomes: Outcomes) -> None:
        """Says that its workers live, frees the jobs of those that do not, and puts periodic jobs."""
        while not self._stopping.is_set():
            try:
                # the signs of life first and for themselves: whatever hinders the rest does not end them
                await self._database.write(partial(self._rows.beat, workers=self._ids()))
                await self._database.write(self._rows.prune)
                await self.rescue()
                await outcomes.write_overdue()
                await self.put_periodic()
            except _TROUBLE as error:
                log_trouble("job_upkeep_failed", error)
            await self._pause(upkeep_s(self._pace.lease_s))


def _held(row: Row) -> Held:
    kept: dict[str, Any] = row.task_kwargs
    return Held(
        row.id,
        row.worker_id,
        row.task_name,
        kept.get("args", {}),
        row.attempts,
        kept.get("request_id"),
        traceparent=kept.get("traceparent"),
    )


def _body(job: Job) -> Callable[..., Awaitable[None]]:
    async def body(_context: JobContext, **payload: Any) -> None:
        caused = payload.get("request_id"), payload.get("traceparent")
        error = await run_job(job, payload.get("args", {}), *caused)
        if error is not None:
            raise error

    return body
