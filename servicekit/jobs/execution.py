"""One run of one job: what both adapters do the same."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from servicekit.base.correlation import REQUEST_ID
from servicekit.jobs.queue import Again, Dead, Done, Held, Job, Outcome, describe

_log = structlog.get_logger("servicekit.jobs")


async def run_job(job: Job, args: Mapping[str, Any], request_id: str | None) -> Exception | None:
    """The error the run ended with, None when it succeeded. Only a cancellation is raised."""
    token = REQUEST_ID.set(request_id)
    try:
        async with asyncio.timeout(job.timeout_s):
            await job.run(args)
    except TimeoutError as error:
        return error if str(error) else TimeoutError(f"The job did not end within {job.timeout_s:g} s.")
    except Exception as error:  # noqa: BLE001 - the boundary of a job: whatever it raised decides about its retry
        return error
    finally:
        REQUEST_ID.reset(token)
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
