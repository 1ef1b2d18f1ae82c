"""The parts of one ayda and how they fit together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from ayda_service.audit.service import Audit
from ayda_service.me.jobs import Connections
from ayda_service.me.receipts import Receipts
from ayda_service.me.wiring import OwnData, build_own_data
from ayda_service.members.jobs import LogMessenger, Messenger, Tellings, tell_member_job
from ayda_service.models import JOB_TABLE, Base
from ayda_service.predictions.client import PredictorClient
from ayda_service.retention import RULES
from ayda_service.settings import Settings
from ayda_service.strava.jobs import notify_connected_job
from ayda_service.strava.wiring import build_keeping
from ayda_service.uploads.client import StravaUploads
from ayda_service.uploads.wiring import build_upload_job, open_strava
from ayda_service.webhooks.wiring import Webhooks, build_webhooks
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.client import ApiClient, Transport
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.choice import open_queue
from servicekit.jobs.in_process import EmbeddedWorker
from servicekit.jobs.retention import retention_job
from servicekit.strava.clock import StravaClock
from servicekit.strava.oauth import StravaOAuth
from servicekit.strava.revocations.service import Revocations
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import TokenSeals
from servicekit.web.api_keys import API_KEY_HEADER
from servicekit.web.track_files import FileReader


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that lives as long as the process."""

    database: Database
    queue: JobQueue
    strava: ApiClient
    predictor: ApiClient | None
    keeper: TokenKeeper
    oauth: StravaOAuth
    seals: TokenSeals
    revocations: Revocations
    own_data: OwnData
    webhooks: Webhooks
    audit: Audit
    uploads: StravaUploads
    files: FileReader
    jobs: tuple[Job, ...]
    worker: EmbeddedWorker


def assemble(
    settings: Settings,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None = None,
    strava_transport: Transport | None = None,
    predictor_transport: Transport | None = None,
    messenger: Messenger | None = None,
) -> Parts:
    """The parts of one process, not yet running."""
    database = Database(settings.database_url)
    strava = ApiClient(settings.strava_oauth_base, "strava", transport=strava_transport, metrics=metrics, now=now)
    predictor = _predictor_client(settings, now, metrics, predictor_transport)
    oauth, clock = _oauth(settings, strava, now)
    queue = open_queue(database, JOB_TABLE, now=now)
    audit = Audit(database, now=now)
    lost, settled = Tellings(queue).connection_lost, Receipts(now).settled
    keeper, revocations = build_keeping(
        database, queue, oauth, settings.vault, now=now, clock=clock, on_lost=lost, on_settled=settled
    )
    uploads = open_strava(settings, now=now, metrics=metrics, transport=strava_transport)
    listener = None if predictor is None else PredictorClient(predictor)
    webhooks = build_webhooks(
        settings, database, queue, keeper, listener, now=now, metrics=metrics, transport=strava_transport
    )
    own_data = build_own_data(database, queue, revocations, listener, bot_token=settings.bot_token, now=now)
    notices = () if listener is None else (notify_connected_job(listener, Connections(database, queue)),)
    jobs = (
        *(*notices, *webhooks.jobs, *own_data.jobs, build_upload_job(database, uploads, keeper, now=now)),
        *(revocations.job(), audit.job(), tell_member_job(messenger or LogMessenger())),
        retention_job(database, Base.metadata, RULES, now=now),
    )
    return Parts(
        database=database,
        queue=queue,
        strava=strava,
        predictor=predictor,
        keeper=keeper,
        oauth=oauth,
        seals=TokenSeals(settings.vault, now=now),
        revocations=revocations,
        own_data=own_data,
        webhooks=webhooks,
        audit=audit,
        uploads=uploads,
        files=FileReader(),
        jobs=jobs,
        worker=EmbeddedWorker(queue, jobs),
    )


def _oauth(settings: Settings, strava: ApiClient, now: Callable[[], datetime]) -> tuple[StravaOAuth, StravaClock]:
    """And the clock that it teaches."""
    clock = StravaClock(now)
    oauth = StravaOAuth(
        client_id=settings.strava_client_id,
        client_secret=settings.strava_client_secret,
        oauth_base=settings.strava_oauth_base,
        client=strava,
        clock=clock,
    )
    return oauth, clock


def _predictor_client(
    settings: Settings, now: Callable[[], datetime], metrics: Metrics | None, transport: Transport | None
) -> ApiClient | None:
    if settings.predictor_url is None:
        return None
    keys = settings.predictor_api_keys
    return ApiClient(
        settings.predictor_url,
        "predictor",
        headers=lambda: {API_KEY_HEADER: keys.sending(now())},
        transport=transport,
        internal=True,
        metrics=metrics,
        now=now,
    )


@contextlib.asynccontextmanager
async def running(parts: Parts, *, worker: bool) -> AsyncIterator[None]:
    """The worker (if wanted) at work; everything closed in reverse at the end."""
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(parts.database.close)
        stack.push_async_callback(parts.strava.close)
        stack.push_async_callback(parts.uploads.close)
        stack.push_async_callback(parts.files.close)
        if parts.predictor is not None:
            stack.push_async_callback(parts.predictor.close)
        stack.push_async_callback(parts.keeper.close)
        stack.push_async_callback(parts.webhooks.close)
        if worker:
            await stack.enter_async_context(parts.worker.running())
        yield
