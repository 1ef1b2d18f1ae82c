"""The worker of the procrastinate queue: its library fetches and wakes, our rule decides what follows a run.

Procrastinate alone counts every retry as an attempt, lets a worker that was given up finish a job another one has, and
stops its heartbeat at the first trouble of the database; so outcomes and heartbeats are written here.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate import exceptions as procrastinate_errors
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as Row
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from kernel.retry import backoff_s
from servicekit.database import Database
from servicekit.jobs import procrastinate_sql as sql
from servicekit.jobs.queue import Again, Dead, Done, Job, Outcome, decide
from servicekit.jobs.run import log_outcome, log_refused, log_trouble, run_job

_TROUBLE = (SQLAlchemyError, OSError, procrastinate_errors.ConnectorException)
_FINISH_TRIES = 8


class _Outcomes(JobManager):
    """Writes down what the retry rule decided, and only for the worker that still has the job."""

    def __init__(self, app: App, database: Database, jobs: dict[str, Job], now: Callable[[], datetime]) -> None:
        super().__init__(app.connector)
        self._database = database
        self._jobs = jobs
        self._now = now
        self.decided: dict[int, Outcome] = {}

    async def finish_job(self, job: Row, *_args: Any, **_settings: Any) -> None:
        await self._write_down(job)

    async def retry_job(self, job: Row, *_args: Any, **_settings: Any) -> None:
        await self._write_down(job)

    async def _write_down(self, row: Row) -> None:
        outcome = self.decided.pop(row.id or 0, Done())
        for tries in range(1, _FINISH_TRIES + 1):
            try:
                await self._write(row, outcome)
            except IntegrityError:
                continue  # another job of this unique key became ready in between: the next try sees it
            except _TROUBLE as error:
                log_trouble("job_outcome_not_written", error)
                await asyncio.sleep(backoff_s(tries, first_s=0.2, most_s=10))
            else:
                return

    async def _write(self, row: Row, outcome: Outcome) -> None:
        job, now = self._jobs[row.task_name], self._now()
        held = {"id": row.id, "worker": row.worker_id}
        match outcome:
            case Again(delay_s=delay_s, error=error, counts=counts):
                due = now + timedelta(seconds=delay_s)
                found = await self._execute(sql.AGAIN, **held, due=due, attempts=row.attempts + counts, error=error)
            case _ if job.every_s is not None:
                due = now + timedelta(seconds=job.every_s)
                reason = outcome.error if isinstance(outcome, Dead) else None
                found = await self._execute(sql.AGAIN, **held, due=due, attempts=0, error=reason)
            case Done():
                found = await self._execute(sql.REMOVE, **held)
            case Dead(error=error):
                attempts = row.attempts + 1
                found = await self._execute(sql.BURY, **held, attempts=attempts, error=error, now=now.isoformat())
        if not found:
            log_refused(job, _request_id(row))

    async def _execute(self, statement: Any, **values: Any) -> bool:
        async with self._database.transaction() as session:
            return (await session.execute(statement, values)).first() is not None


class _Rule(BaseRetryStrategy):
    """Our retry rule in the library's words."""

    def __init__(self, job: Job, outcomes: _Outcomes) -> None:
        self._job = job
        self._outcomes = outcomes

    def get_retry_decision(self, *, exception: BaseException, job: Row) -> RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError | procrastinate_errors.JobAborted):
            outcome: Outcome = Again(0, "The worker stopped.", counts=False)
        else:
            outcome = decide(self._job, job.attempts, exception)
        log_outcome(self._job, _request_id(job), outcome, exception)
        self._outcomes.decided[job.id or 0] = outcome
        return RetryDecision(retry_in={"seconds": 0}) if isinstance(outcome, Again) else None


class ProcrastinateWorker:
    """One `work()` call: a worker of the library for all jobs without a cap, and one for each job with one."""

    def __init__(
        self,
        database: Database,
        jobs: Sequence[Job],
        *,
        now: Callable[[], datetime],
        lease_s: float,
        poll_s: float,
        slots: int,
        grace_s: float,
    ) -> None:
        self._database = database
        self._jobs = {job.name: job for job in jobs}
        self._now = now
        self._lease_s = lease_s
        self._poll_s = poll_s
        self._slots = slots
        self._grace_s = grace_s
        self._workers: dict[str, Worker] = {}

    async def run(self) -> None:
        """Works until cancelled."""
        # the library logs the arguments of each job; our own lines say what happened
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        app = self._build_app()
        async with app.open_async():
            upkeep = asyncio.create_task(self._keep_up())
            groups = self._groups()
            loops = [asyncio.create_task(self._keep_working(app, *group)) for group in groups]
            try:
                await asyncio.gather(*loops)
            finally:
                for loop in loops:
                    loop.cancel()
                if loops:
                    await asyncio.wait(loops)
                upkeep.cancel()
                await asyncio.wait([upkeep])

    def _build_app(self) -> App:
        url = self._database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        settings = {"connect_timeout": 10, "prepare_threshold": None}
        app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4, kwargs=settings))
        outcomes = _Outcomes(app, self._database, self._jobs, self._now)
        app.job_manager = outcomes
        for job in self._jobs.values():
            app.task(name=job.name, queue=job.name, pass_context=True, retry=_Rule(job, outcomes))(_body(job))
        return app

    def _groups(self) -> list[tuple[list[str], int]]:
        free = [name for name, job in self._jobs.items() if not job.concurrency]
        capped = [([name], job.concurrency) for name, job in self._jobs.items() if job.concurrency]
        return [(free, self._slots), *capped] if free else capped

    async def _keep_working(self, app: App, names: list[str], concurrency: int) -> None:
        troubles = 0
        while True:
            worker = Worker(
                app,
                queues=names,
                concurrency=concurrency,
                fetch_job_polling_interval=self._poll_s,
                shutdown_graceful_timeout=self._grace_s,
                install_signal_handlers=False,
                update_heartbeat_interval=self._lease_s,
                stalled_worker_timeout=self._lease_s,
            )
            self._workers[names[0]] = worker
            try:
                await worker.run()  # type: ignore[no-untyped-call]  # the library annotates its arguments only
            except _TROUBLE as error:
                log_trouble("job_worker_failed", error)
            troubles += 1
            await asyncio.sleep(backoff_s(troubles, first_s=self._poll_s))

    async def _keep_up(self) -> None:
        """Puts periodic jobs, says that its workers live, and frees the jobs of those that do not."""
        while True:
            try:
                await self._live_and_rescue()
                await self._put_periodic()
            except _TROUBLE as error:
                log_trouble("job_upkeep_failed", error)
            await asyncio.sleep(self._lease_s / 4)

    async def _live_and_rescue(self) -> None:
        ids = [worker.worker_id for worker in self._workers.values() if worker.worker_id is not None]
        async with self._database.transaction() as session:
            await session.execute(sql.HEARTBEAT, {"ids": ids})
        async with self._database.transaction() as session:
            stalled = (await session.execute(sql.STALLED, {"lease_s": self._lease_s})).scalars().all()
            for key in stalled:
                await session.execute(sql.RESCUE, {"id": key, "now": self._now().isoformat()})
            await session.execute(sql.PRUNE, {"lease_s": self._lease_s * 2})

    async def _put_periodic(self) -> None:
        for job in self._jobs.values():
            if job.every_s is None:
                continue
            key = f"periodic:{job.name}"
            async with self._database.transaction() as session:
                if (await session.execute(sql.ALIVE, {"key": key})).first() is None:
                    args = json.dumps({"args": {}, "request_id": None})
                    row = {"name": job.name, "args": args, "priority": 0, "key": key, "due": None}
                    await sql.put_unique(session, row)


def _request_id(row: Row) -> str | None:
    found = row.task_kwargs.get("request_id")
    return found if isinstance(found, str) else None


def _body(job: Job) -> Callable[..., Awaitable[None]]:
    async def body(_context: JobContext, **payload: Any) -> None:
        error = await run_job(job, payload.get("args", {}), payload.get("request_id"))
        if error is not None:
            raise error

    return body
