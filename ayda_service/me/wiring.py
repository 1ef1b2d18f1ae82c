"""A member's say over their data, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ayda_service.me.jobs import EraseAtPredictor, tidy_job
from ayda_service.me.service import OwnDataService
from ayda_service.predictions.client import PredictorClient
from ayda_service.strava.jobs import QueuedNotices
from servicekit.base.settings import Secret
from servicekit.data.database import Database
from servicekit.jobs import Job, JobQueue
from servicekit.strava.revocations.service import Revocations


@dataclass(frozen=True, slots=True)
class OwnData:
    """What to serve and what to run."""

    service: OwnDataService
    jobs: tuple[Job, ...]


def build_own_data(
    database: Database,
    queue: JobQueue,
    revocations: Revocations,
    predictor: PredictorClient | None,
    *,
    bot_token: Secret,
    now: Callable[[], datetime],
) -> OwnData:
    """The part of ayda that forgets and shows."""
    service = OwnDataService(database, queue, revocations, predictor, bot_token=bot_token, now=now)
    jobs = [tidy_job(database)]
    if predictor is not None:
        jobs.append(EraseAtPredictor(database, queue, predictor, QueuedNotices(queue), now).job())
    return OwnData(service, tuple(jobs))
