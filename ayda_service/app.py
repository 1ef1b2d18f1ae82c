"""The composition root of ayda: the one place that knows which parts there are."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from litestar import Router

from ayda_service.activities.routes import activity_routes
from ayda_service.activities.service import ActivityService
from ayda_service.audit.service import Audit
from ayda_service.me.jobs import Connections
from ayda_service.me.routes import own_data_routes
from ayda_service.me.wiring import OwnData, build_own_data
from ayda_service.members.jobs import LogMessenger, Messenger, Tellings, tell_member_job
from ayda_service.models import JOB_TABLE, Base, StravaToken
from ayda_service.predictions.client import PredictorClient
from ayda_service.predictions.routes import prediction_routes
from ayda_service.predictions.service import PredictionService
from ayda_service.problems import PROBLEMS
from ayda_service.retention import RULES
from ayda_service.settings import Settings
from ayda_service.strava.browser import BrowserCookie
from ayda_service.strava.hand_out import TokenHandOutService
from ayda_service.strava.jobs import NoNotices, QueuedFarewells, QueuedNotices, Revocations, notify_connected_job
from ayda_service.strava.routes import connection_routes, token_routes
from ayda_service.strava.service import ConnectionService
from ayda_service.telegram.identity import Doorkeeper
from ayda_service.telegram.routes import session_routes
from ayda_service.uploads.client import StravaUploads
from ayda_service.uploads.routes import upload_routes
from ayda_service.uploads.service import UploadService
from ayda_service.uploads.wiring import CONSENT_PATH, build_upload_job, open_strava
from ayda_service.webhooks.wiring import Webhooks, build_webhooks
from servicekit.api_keys import API_KEY_HEADER, api_key_guard
from servicekit.app import WebApp, build_app
from servicekit.clock import utc_now
from servicekit.database import Database
from servicekit.enumeration import Enumeration, watched
from servicekit.health import Check
from servicekit.http import ApiClient, Transport
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.choice import open_queue
from servicekit.jobs.embedded import EmbeddedWorker
from servicekit.metrics import Metrics
from servicekit.process import settings_of_process
from servicekit.retention import retention_job
from servicekit.strava.clock import StravaClock
from servicekit.strava.keeper import TokenKeeper
from servicekit.strava.oauth import StravaOAuth
from servicekit.strava.store import SqlTokenStore
from servicekit.strava.tokens import TokenSeals
from servicekit.track_files import FileReader

CALLBACK_PATH = "/api/v1/strava/callback"


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
    clock = StravaClock(now)
    oauth = StravaOAuth(
        client_id=settings.strava_client_id,
        client_secret=settings.strava_client_secret,
        oauth_base=settings.strava_oauth_base,
        client=strava,
        clock=clock,
    )
    queue = open_queue(database, JOB_TABLE, now=now)
    seals = TokenSeals(settings.vault, now=now)
    audit = Audit(database, now=now)
    tokens = SqlTokenStore(database, StravaToken, on_lost=Tellings(queue).connection_lost)
    keeper = TokenKeeper(tokens, oauth, settings.vault, now=now, clock=clock)
    uploads = open_strava(settings, now=now, metrics=metrics, transport=strava_transport)
    listener = None if predictor is None else PredictorClient(predictor)
    webhooks = build_webhooks(
        settings, database, queue, keeper, listener, now=now, metrics=metrics, transport=strava_transport
    )
    own_data = build_own_data(database, queue, oauth, seals, listener, bot_token=settings.bot_token, now=now)
    jobs = (
        *(() if listener is None else (notify_connected_job(listener, Connections(database, queue)),)),
        *webhooks.jobs,
        *own_data.jobs,
        build_upload_job(database, uploads, keeper, now=now),
        Revocations(database, oauth, seals).job(),
        audit.job(),
        tell_member_job(messenger or LogMessenger()),
        retention_job(database, Base.metadata, RULES, now=now),
    )
    return Parts(
        database=database,
        queue=queue,
        strava=strava,
        predictor=predictor,
        keeper=keeper,
        oauth=oauth,
        seals=seals,
        own_data=own_data,
        webhooks=webhooks,
        audit=audit,
        uploads=uploads,
        files=FileReader(),
        jobs=jobs,
        worker=EmbeddedWorker(queue, jobs),
    )


def create_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    strava_transport: Transport | None = None,
    predictor_transport: Transport | None = None,
    messenger: Messenger | None = None,
) -> WebApp:
    """The service as an ASGI app; transports stand in for the network in tests."""
    metrics = Metrics()
    parts = assemble(
        settings,
        now=now,
        metrics=metrics,
        strava_transport=strava_transport,
        predictor_transport=predictor_transport,
        messenger=messenger,
    )
    return build_app(
        title="ayda",
        version="1",
        description="The running club's backend: members, Strava connections, predictions in the chat.",
        route_handlers=_routes(settings, parts, metrics, now),
        problems=PROBLEMS,
        lifespan=[lambda _app: running(parts, worker=settings.worker_embedded)],
        checks=_checks(settings, parts),
        metrics=metrics,
        state={"parts": parts},
    )


def _checks(settings: Settings, parts: Parts) -> dict[str, Check]:
    checks: dict[str, Check] = {"database": parts.database.ping}
    if settings.worker_embedded:
        checks["worker"] = parts.worker.check
    return checks


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


def _routes(settings: Settings, parts: Parts, metrics: Metrics, now: Callable[[], datetime]) -> list[Router]:
    doorkeeper = Doorkeeper(settings.bot_token, now=now)
    notices = NoNotices() if parts.predictor is None else QueuedNotices(parts.queue)
    connections = ConnectionService(
        parts.database,
        parts.oauth,
        parts.seals,
        notices,
        QueuedFarewells(parts.queue),
        redirect_uri=settings.public_url + CALLBACK_PATH,
        now=now,
    )
    predictor = None if parts.predictor is None else PredictorClient(parts.predictor)
    predictions = PredictionService(parts.database, predictor, now=now)
    hand_outs = TokenHandOutService(parts.database, parts.keeper, parts.audit)
    uploads = UploadService(
        parts.database,
        parts.queue,
        automatic=settings.strava_auto_upload,
        consent_url=settings.public_url + CONSENT_PATH,
        now=now,
    )
    activities = ActivityService(parts.database, parts.files, uploads, now=now)
    members = [
        activity_routes(activities, doorkeeper),
        upload_routes(uploads, doorkeeper),
        connection_routes(connections, doorkeeper, BrowserCookie(settings.public_url), settings.bot_name),
        prediction_routes(predictions, doorkeeper),
        own_data_routes(parts.own_data.service, doorkeeper),
        session_routes(doorkeeper),
    ]
    return [
        Router("/api/v1", route_handlers=members),
        token_routes(hand_outs, watched(api_key_guard(settings.api_keys, now=now), Enumeration(metrics, now))),
        parts.webhooks.routes,
    ]


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


def from_environ() -> WebApp:
    """The app of this process's environment, for servers that want a factory."""
    return create_app(settings_of_process(Settings.from_environ))


async def run_worker(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> None:
    """A process that only works on jobs, until cancelled."""
    parts = assemble(settings, now=now)
    async with running(parts, worker=False):
        await parts.queue.work(parts.jobs)
