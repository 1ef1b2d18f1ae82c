"""What both engines do the same with the jobs they keep in the service's own database."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.retry import backoff_s
from servicekit.base.correlation import CAUSED_BY, REQUEST_ID, TRACEPARENT, part_of
from servicekit.data.database import Database
from servicekit.data.trouble import DATABASE_TROUBLE, LASTING, DatabaseUnavailable
from servicekit.jobs.queue import (
    Again,
    Dead,
    DeadJob,
    Done,
    Held,
    Job,
    JobStore,
    NewJob,
    Outcome,
    Pace,
    Snooze,
    Terms,
    describe,
)
from servicekit.jobs.stats import QueueStats

if TYPE_CHECKING:
    from typing_extensions import Unpack

DATABASE_WAIT_S: Final = 10.0
_FINISH_TRIES: Final = 8
_log = structlog.get_logger("servicekit.jobs")


class JobQueue(ABC):
    """Keeps jobs and runs them at least once."""

    def __init__(self, database: Database, store: JobStore, *, now: Callable[[], datetime], pace: Pace) -> None:
        self._database = database
        self._store = store
        self._now = now
        self._pace = pace
        self.watched: Callable[[Sequence[Job]], Sequence[Job]] = tuple
        """What is made of jobs before they are worked on, by whoever counts their runs."""

    async def put(self, name: str, args: Mapping[str, Any], **terms: Unpack[Terms]) -> None:
        """Keeps a job, durable when this returns.

        The request id of the caller is kept and bound again when the job runs.
        """
        await self._database.write(lambda session: self.add(session, name, args, **terms))

    def add(self, session: Session, name: str, args: Mapping[str, Any], **terms: Unpack[Terms]) -> None:
        """As `put`, but part of the caller's unit of work: the job is kept with its commit, or not at all."""
        caused = {"request_id": REQUEST_ID.get(), "traceparent": TRACEPARENT.get()}
        self._store.add(session, NewJob(name, args, **caused, **terms), self._now())

    @abstractmethod
    async def work(self, jobs: Sequence[Job]) -> None:
        """Runs jobs of these kinds until cancelled; those running then get a grace time."""

    def alive(self, session: Session, unique: Sequence[str]) -> set[str]:
        """Those of the unique keys of which a job waits or runs."""
        return self._store.alive(session, unique)

    async def stats(self) -> QueueStats:
        """The state of the queue now."""
        return await self._database.read(lambda session: self._store.stats(session, self._now()))

    async def dead(self, limit: int = 100) -> list[DeadJob]:
        """The jobs given up, newest first."""
        return await self._database.read(lambda session: self._store.dead(session, limit))

    async def replay(self, job_id: str) -> bool:
        """Makes a dead job ready again with all its attempts; False when there is no such dead job."""
        return await self._database.write(lambda session: self._store.revive(session, job_id, self._now()))

    def forget_dead(self, session: Session, before: datetime, most: int) -> int:
        """Deletes jobs that were given up before this moment, so many at once; how many there were."""
        return self._store.forget_dead(session, before, most)

    def forget(self, session: Session, name: str, value: str) -> int:
        """Deletes the jobs, waiting or dead, whose argument `name` is `value`; how many there were.

        One that runs meanwhile ends by itself.
        """
        return self._store.forget(session, name, value)


class JobWorker:
    """One `work()` call: what it does for jobs of the kinds it knows, beside fetching and running them."""

    def __init__(
        self, database: Database, store: JobStore, jobs: Sequence[Job], *, now: Callable[[], datetime], pace: Pace
    ) -> None:
        self._database = database
        self._store = store
        self._jobs = {job.name: job for job in jobs}
        self._now = now
        self._pace = pace

    async def finish(self, held: Held, outcome: Outcome, *, tries: int = _FINISH_TRIES) -> bool:
        """Writes the outcome down if the job is still ours, through troubles of the database; whether it could."""
        for tried in range(1, tries + 1):
            try:
                ours = await self._database.write(lambda session: self._follow(session, held, outcome))
            except IntegrityError:
                continue  # another job of this unique key became ready in between: the next try sees it
            except DATABASE_TROUBLE as error:
                log_trouble("job_outcome_not_written", error)
                await asyncio.sleep(backoff_s(tried, first_s=0.2, most_s=self._pace.lease_s / 4))
            except Exception as error:  # noqa: BLE001 - of whoever is told of a death
                log_trouble("job_outcome_not_written", error)
                return False
            else:
                if not ours:
                    log_refused(held)
                return True
        return False

    def _follow(self, session: Session, held: Held, outcome: Outcome) -> bool:
        """Writes down what follows a run; False when the job is no longer ours."""
        job, now, store = self._jobs[held.name], self._now(), self._store
        match outcome:
            case Again(delay_s=delay_s, error=error, counts=counts):
                due = now + timedelta(seconds=delay_s)
                return store.again(session, held, due, failures=held.failures + counts, error=error)
            case _ if job.every_s is not None:
                due = now + timedelta(seconds=job.every_s)
                return store.next_round(session, held, due, outcome.error if isinstance(outcome, Dead) else None)
            case Done():
                return store.remove(session, held)
            case Dead(error=error):
                buried = store.bury(session, held, now, error)
                if buried and job.on_dead is not None:
                    job.on_dead(held.args, session)
                return buried

    async def rescue(self) -> bool:
        """Frees the jobs of workers that died, or gives them up. Whether there are new ones to run."""
        names = list(self._jobs)
        stalled = await self._database.read(lambda session: self._store.stalled(session, names, self._now()))
        freed = False
        for one in stalled:
            # each for itself: one that cannot be given up holds up no other
            try:
                freed |= await self._database.write(partial(self._rescue, one))
            except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
                log_trouble("job_rescue_failed", error)
        return freed

    def _rescue(self, one: Held, session: Session) -> bool:
        became, on_dead = self._store.rescue(session, one, self._now()), self._jobs[one.name].on_dead
        if became == "dead" and on_dead is not None:
            on_dead(one.args, session)
        return became == "freed"

    async def put_periodic(self) -> bool:
        """Puts the periodic jobs of which none waits or runs. Whether there were any."""
        if not await self._database.read(self._missing):
            return False
        return await self._database.write(self._put_missing)

    def _missing(self, session: Session) -> list[NewJob]:
        """Of each kind one chain of runs, kept to one by a unique key."""
        periodic = [name for name, job in self._jobs.items() if job.every_s is not None]
        alive = self._store.alive(session, [f"periodic:{name}" for name in periodic])
        chains = [NewJob(name, {}, unique=f"periodic:{name}") for name in periodic]
        return [job for job in chains if job.unique not in alive]

    def _put_missing(self, session: Session) -> bool:
        missing = self._missing(session)
        for job in missing:
            self._store.add(session, job, self._now())
        return bool(missing)


async def run_job(
    job: Job, args: Mapping[str, Any], request_id: str | None, traceparent: str | None = None
) -> Exception | None:
    """The error the run ended with, None when it succeeded. Only a cancellation is raised.

    It runs as part of the request that asked for it, and of its trace; who was asked by nobody begins one.
    """
    cause = CAUSED_BY.set(traceparent)
    try:
        with part_of(request_id, traceparent):
            async with asyncio.timeout(job.timeout_s):
                await job.run(args)
    except TimeoutError as error:
        return error if str(error) else TimeoutError(f"The job did not end within {job.timeout_s:g} s.")
    except DatabaseUnavailable as trouble:
        # one that does not pass by itself has to be seen
        return trouble if trouble.kind in LASTING else Snooze(DATABASE_WAIT_S, f"database {trouble.kind}")
    except Exception as error:  # noqa: BLE001 - the boundary of a job: whatever it raised decides about its retry
        return error
    finally:
        CAUSED_BY.reset(cause)
    return None


def log_outcome(held: Held, outcome: Outcome, error: BaseException | None) -> None:
    """One structured line per run."""
    log = _log.bind(job=held.name, request_id=held.request_id)
    match outcome:
        case Done():
            log.debug("job_done")
        case Again(delay_s=delay_s, error=reason, counts=False):
            log.info("job_snoozed", delay_s=delay_s, reason=reason)
        case Again(delay_s=delay_s, error=reason):
            log.warning("job_failed", delay_s=delay_s, error=reason, exc_info=error)
        case Dead(error=reason):
            log.error("job_dead", error=reason, exc_info=error)


def log_trouble(event: str, error: BaseException) -> None:
    """A queue that cannot reach its own database: the worker goes on trying."""
    _log.error(event, error=describe(error))


def log_refused(held: Held) -> None:
    """A worker that was away for longer than its lease: another has the job now, and its own result does not count."""
    _log.warning("job_lost", job=held.name, request_id=held.request_id)
