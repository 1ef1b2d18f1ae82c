"""A member's say over their data, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ayda_service.me.jobs import EndConsent, EraseAtPredictor, tidy_job
from ayda_service.me.revocation import Revocation, Strava
from ayda_service.me.service import OwnDataService
from ayda_service.predictions.client import PredictorClient
from ayda_service.strava.jobs import QueuedNotices
from servicekit.database import Database
from servicekit.jobs import Job, JobQueue
from servicekit.settings import Secret
from servicekit.strava.tokens import TokenSeals


@dataclass(frozen=True, slots=True)
class OwnData:
    """What to serve and what to run."""

    service: OwnDataService
    jobs: tuple[Job, ...]


def build_own_data(
    database: Database,
    queue: JobQueue,
    strava: Strava,
    seals: TokenSeals,
    predictor: PredictorClient | None,
    *,
    bot_token: Secret,
    now: Callable[[], datetime],
) -> OwnData:
    """The part of ayda that forgets and shows."""
    revocation = Revocation(strava, seals)
    end_consent = EndConsent(database, queue, revocation, now)
    service = OwnDataService(database, queue, revocation, end_consent, predictor, bot_token=bot_token, now=now)
    jobs = [end_consent.job(), tidy_job(database)]
    if predictor is not None:
        jobs.append(EraseAtPredictor(database, queue, predictor, QueuedNotices(queue), now).job())
    return OwnData(service, tuple(jobs))
