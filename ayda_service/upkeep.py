"""The work nobody asks for: what forgets in time, and what the predictor is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from ayda_service.activities.jobs import seal_files_job
from ayda_service.activities.learning import Learning
from ayda_service.audit.service import Audit
from ayda_service.imports.jobs import Following
from ayda_service.me.jobs import EraseAtPredictor, tidy_job
from ayda_service.me.traces import Traces
from ayda_service.messages.service import Outbox
from ayda_service.models import Base
from ayda_service.predictor.client import PredictorClient
from ayda_service.retention import RULES
from ayda_service.strava.jobs import Connections, Delivery, Notices
from ayda_service.uploads.attempt import UploadAttempts
from ayda_service.uploads.jobs import tell_given_up
from ayda_service.webhooks.consent import ConsentCheck
from ayda_service.webhooks.forwarding import EventForwarding, took_of
from ayda_service.webhooks.jobs import tidying_job
from ayda_service.webhooks.subscription import SubscriptionKeeping
from servicekit.base.file_seals import FileSeals
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.retention import retention_job
from servicekit.strava.client import Patience, StravaClient
from servicekit.strava.consents import Consents


def upkeep(
    database: Database,
    queue: JobQueue,
    seals: FileSeals,
    subscription: SubscriptionKeeping | None,
    predictor: PredictorClient | None,
    *,
    metrics: Metrics,
    now: Callable[[], datetime],
) -> tuple[Job, ...]:
    """What forgets in time, what is done once a day, what keeps Strava's subscription and passes its events on."""
    forwarding = EventForwarding(database, queue, predictor, took=took_of(metrics, now))
    kept = () if subscription is None else (subscription.job(),)
    tidying = tidying_job(database, queue, now=now), tidy_job(database)
    retention = retention_job(database, queue, Base.metadata, RULES, now=now)
    return forwarding.job(), *kept, *tidying, Audit(database, now=now).job(), retention, seal_files_job(database, seals)


def told(
    database: Database,
    queue: JobQueue,
    seals: FileSeals,
    notices: Notices,
    predictor: PredictorClient,
    *,
    traces: Traces,
    now: Callable[[], datetime],
) -> tuple[Job, ...]:
    """What the predictor is told, and what it is asked about, however long it is away."""
    erasures = EraseAtPredictor(database, queue, notices, predictor, traces, now=now)
    learning = Learning(database, seals, predictor, notices.forget)
    following = Following(database, queue, predictor, Outbox(queue, now=now).say, now=now)
    connections = Connections(database, notices, traces.told)
    return *Delivery(connections, predictor).jobs(), erasures.job(), learning.job(), following.job()


def done_at_strava(
    database: Database,
    queue: JobQueue,
    strava: StravaClient,
    consents: Consents,
    seals: FileSeals,
    *,
    notices: Notices,
    traces: Traces,
    now: Callable[[], datetime],
) -> tuple[Job, ...]:
    """What is asked and brought there for members, who are told of an upload that is given up."""
    keeper, on_given_up = consents.keeper, partial(tell_given_up, queue)
    uploads = UploadAttempts(database, strava, keeper, seals, Patience(now), on_given_up=on_given_up)
    return ConsentCheck(database, notices, keeper, traces, now=now).job(), uploads.job(), consents.revocations.job()
