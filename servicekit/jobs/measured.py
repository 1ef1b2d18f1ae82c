"""What runs of jobs and their queue tell whoever watches: how long, how they ended, how much waits and for how long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, Final

from servicekit.base.correlation import CAUSED_BY
from servicekit.base.metrics import Metrics
from servicekit.base.spans import ended_span
from servicekit.data.trouble import DatabaseUnavailable
from servicekit.jobs.kept import JobQueue
from servicekit.jobs.queue import Job, Snooze
from servicekit.jobs.stats import QueueStats

_BUCKETS_S: Final = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)
_STATES: Final = ("ready", "delayed", "running", "dead")
_WAITING_FOR: Final = (Snooze, DatabaseUnavailable)
"""What ends a run that is no failure: the job goes on later, and has lost no try."""


def measure_queue(queue: JobQueue, metrics: Metrics) -> None:
    """Has every run that begins here counted, and each reading of the metrics ask the queue, whoever works on it."""
    queue.watched = runs_counted(metrics)
    jobs = metrics.gauge("jobs", "Jobs in the queue.", ["state"])
    oldest = metrics.gauge("jobs_oldest_ready_seconds", "For how long the oldest due job has waited.")
    of_kind = metrics.gauge("jobs_of_kind", "Jobs of a kind that wait or run.", ["job"])
    waits = metrics.gauge("jobs_of_kind_oldest_ready_seconds", "The same for the oldest due job of a kind.", ["job"])

    def show(stats: QueueStats) -> None:
        for state in _STATES:
            jobs.labels(state).set(getattr(stats, state))
        oldest.set(stats.oldest_ready_s)
        of_kind.clear()
        waits.clear()
        for name, count in stats.by_name.items():
            of_kind.labels(name).set(count)
            waits.labels(name).set(stats.oldest_ready_by_name_s.get(name, 0.0))

    async def read() -> None:
        show(await queue.stats())

    metrics.before_scrape(read)


def runs_counted(metrics: Metrics) -> Callable[[Sequence[Job]], Sequence[Job]]:
    """What makes of jobs the same ones whose runs are counted as done, put off or failed, and timed."""
    runs = metrics.counter("job_runs", "Runs of jobs that ended, by how.", ["job", "outcome"])
    lasted = metrics.histogram("job_run_seconds", "How long runs of jobs took.", _BUCKETS_S, labels=["job"])

    def counted(job: Job) -> Callable[[Mapping[str, Any]], Awaitable[None]]:
        async def run(args: Mapping[str, Any]) -> None:
            begun_s, outcome = perf_counter(), "failed"
            try:
                await job.run(args)
                outcome = "done"
            except _WAITING_FOR:
                outcome = "put_off"
                raise
            finally:
                lasted_s = perf_counter() - begun_s
                runs.labels(job.name, outcome).inc()
                lasted.labels(job.name).observe(lasted_s)
                if metrics.spans is not None:
                    failed, told = outcome == "failed", {"ayda.job": job.name, "ayda.outcome": outcome}
                    cause = CAUSED_BY.get()
                    span = ended_span(
                        job.name, "consumer", caused_by=cause, lasted_s=lasted_s, failed=failed, attributes=told
                    )
                    metrics.spans(span)

        return run

    return lambda jobs: tuple(replace(job, run=counted(job)) for job in jobs)
