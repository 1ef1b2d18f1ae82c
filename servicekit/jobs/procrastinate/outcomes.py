"""What follows a run of a job on procrastinate: our retry rule, written down for the worker that still has the job."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from procrastinate import App
from procrastinate import exceptions as procrastinate_errors
from procrastinate.jobs import Job as Row
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from kernel.retry import backoff_s
from servicekit.data.database import Database
from servicekit.jobs.execution import log_outcome, log_refused, log_trouble, tell_dead
from servicekit.jobs.procrastinate import store
from servicekit.jobs.queue import Again, Dead, Done, Job, Outcome, decide

TROUBLE = (SQLAlchemyError, OSError, procrastinate_errors.ConnectorException)
_FINISH_TRIES = 8


class Outcomes(JobManager):
    """Writes down what the retry rule decided, and only for the worker that still has the job."""

    def __init__(self, app: App, database: Database, jobs: dict[str, Job], now: Callable[[], datetime]) -> None:
        super().__init__(app.connector)
        self._database = database
        self._jobs = jobs
        self._now = now
        self.decided: dict[int, Outcome] = {}
        self._overdue: dict[int, tuple[Row, Outcome]] = {}

    async def finish_job(self, job: Row, *_args: Any, **_settings: Any) -> None:
        """Writes down the outcome of this run."""
        await self._write_down(job)

    async def retry_job(self, job: Row, *_args: Any, **_settings: Any) -> None:
        """Writes down the outcome of this run."""
        await self._write_down(job)

    async def write_overdue(self) -> None:
        """Writes down what the database did not take when the jobs ended: else they would count as running for ever."""
        for key, (row, outcome) in list(self._overdue.items()):
            try:
                await self._write(row, outcome)
                del self._overdue[key]
            except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
                log_trouble("job_outcome_not_written", error)

    async def _write_down(self, row: Row) -> None:
        outcome = self.decided.pop(row.id or 0, Done())
        for tries in range(1, _FINISH_TRIES + 1):
            try:
                await self._write(row, outcome)
            except IntegrityError:
                continue  # another job of this unique key became ready in between: the next try sees it
            except TROUBLE as error:
                log_trouble("job_outcome_not_written", error)
                await asyncio.sleep(backoff_s(tries, first_s=0.2, most_s=10))
            except Exception as error:  # noqa: BLE001 - of whoever is told of a death: the next round tries again
                log_trouble("job_outcome_not_written", error)
                break
            else:
                return
        self._overdue[row.id or 0] = row, outcome

    async def _write(self, row: Row, outcome: Outcome) -> None:
        job = self._jobs[row.task_name]
        if not await self._database.write(lambda session: self._follow(session, job, row, outcome)):
            log_refused(job, _request_id(row))

    def _follow(self, session: Session, job: Job, row: Row, outcome: Outcome) -> bool:
        """Writes down what follows; False when another worker has the job."""
        held, now = store.Held(row.id, row.worker_id), self._now()
        match outcome:
            case Again(delay_s=delay_s, error=error, counts=counts):
                due = now + timedelta(seconds=delay_s)
                return store.again(session, held, due, attempts=row.attempts + counts, error=error)
            case _ if job.every_s is not None:
                due = now + timedelta(seconds=job.every_s)
                reason = outcome.error if isinstance(outcome, Dead) else None
                return store.again(session, held, due, attempts=0, error=reason)
            case Dead(error=error):
                if found := store.bury(session, held, now, attempts=row.attempts + 1, error=error):
                    tell_dead(job, _args(row), session)
                return found
            case Done():
                return store.remove(session, held)


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
        log_outcome(self._job, _request_id(job), outcome, exception)
        self._outcomes.decided[job.id or 0] = outcome
        return RetryDecision(retry_in={"seconds": 0}) if isinstance(outcome, Again) else None


def _args(row: Row) -> Mapping[str, Any]:
    found = row.task_kwargs.get("args")
    return found if isinstance(found, dict) else {}


def _request_id(row: Row) -> str | None:
    found = row.task_kwargs.get("request_id")
    return found if isinstance(found, str) else None
