"""Background shells of the sync."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from kernel.retry import SYNC_LADDER_S
from predictor_service.sync.schedule import STALLED_SYNCS, SYNC_ALL, SYNC_ATHLETE
from predictor_service.sync.service import SyncService
from servicekit.jobs import Job, Snooze
from servicekit.strava.errors import RateLimited

TIMEOUT_S: Final = 900.0
AT_ONCE: Final = 4
"""Athletes synced at the same time by one process: each of them mostly waits for Strava."""
SHORTEST_WAIT_S: Final = 1.0
SPREAD_S: Final = 5.0
"""Within which those come back who all wait for the same window."""
GOES_ON: Final = frozenset({"waiting", "skipped"})
"""Outcomes after which the same job comes back; whatever has failed is found by its time."""
RESCUE_EVERY_S: Final = 60.0


def sync_jobs(service: SyncService, now: Callable[[], datetime], *, visit_every_s: float | None) -> list[Job]:
    """The jobs the predictor's worker runs; without `visit_every_s` nobody is visited unasked."""

    async def sync_athlete(args: Mapping[str, Any]) -> None:
        athlete_id = UUID(args["athlete_id"])
        outcome = await service.run(athlete_id, goes_on=bool(args.get("goes_on")), looks=bool(args.get("looks")))
        if outcome is not None and outcome.status in GOES_ON and outcome.retry_at is not None:
            wait_s = max(SHORTEST_WAIT_S, (outcome.retry_at - now()).total_seconds())
            wait_s += _spread_s(athlete_id) if isinstance(outcome.error, RateLimited) else 0.0
            raise Snooze(wait_s, str(outcome.error or "Not before the next window."))

    jobs = [Job(SYNC_ATHLETE, sync_athlete, retry_delays_s=SYNC_LADDER_S, concurrency=AT_ONCE, timeout_s=TIMEOUT_S)]
    if visit_every_s is not None:

        async def sync_all(_args: Mapping[str, Any]) -> None:
            await service.visit_due(visit_every_s)

        jobs.append(Job(SYNC_ALL, sync_all, every_s=visit_every_s))
    return jobs


def rescue_job(service: SyncService) -> Job:
    """The periodic job without which a sync whose job is lost would wait for ever; it runs whoever is visited."""

    async def rescue(_args: Mapping[str, Any]) -> None:
        await service.rescue()

    return Job(STALLED_SYNCS, rescue, every_s=RESCUE_EVERY_S)


def _spread_s(athlete_id: UUID) -> float:
    return SPREAD_S * (athlete_id.int % 1000) / 1000
