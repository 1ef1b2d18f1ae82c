"""What ayda is made of: built once, from settings, a clock and, in tests, transports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ayda_service.activities.service import ActivityService
from ayda_service.audit.service import Audit
from ayda_service.hand_outs.service import TokenHandOutService
from ayda_service.handovers.service import Handovers
from ayda_service.me.jobs import Connections, EraseAtPredictor, tidy_job
from ayda_service.me.service import OwnDataService
from ayda_service.members.jobs import LogMessenger, Messenger, tell_member_job
from ayda_service.models import JOB_TABLE, Base
from ayda_service.predictions.client import PredictorClient
from ayda_service.predictions.service import PredictionService
from ayda_service.retention import RULES
from ayda_service.settings import Settings
from ayda_service.strava.client import Consents, open_consents, open_strava
from ayda_service.strava.jobs import NoNotices, QueuedNotices, notify_connected_job
from ayda_service.strava.service import ConnectionService, Notices
from ayda_service.uploads.attempt import UploadAttempts
from ayda_service.uploads.client import StravaUploads
from ayda_service.uploads.service import UploadService
from ayda_service.webhooks.client import CallbackProbe, SubscriptionClient
from ayda_service.webhooks.consent import ConsentCheck
from ayda_service.webhooks.forwarding import EndNotice, EventForwarding
from ayda_service.webhooks.jobs import Tidying, WebhookJobs
from ayda_service.webhooks.service import Inbox
from ayda_service.webhooks.subscription import SubscriptionKeeping
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.client import ApiClient, Transport
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.in_process import EmbeddedWorker, open_queue
from servicekit.jobs.retention import retention_job
from servicekit.strava.client import Patience, StravaClient
from servicekit.web.api_keys import API_KEY_HEADER
from servicekit.web.health import Check
from servicekit.web.track_files import FileReader

CALLBACK_PATH: Final = "/api/v1/strava/callback"
CONSENT_PATH: Final = "/api/v1/strava/auth?uploads=true"


@dataclass(frozen=True, slots=True)
class Parts:
    """ayda, assembled and not yet running."""

    settings: Settings
    database: Database
    queue: JobQueue
    strava: StravaClient
    consents: Consents
    predictor: PredictorClient | None
    files: FileReader
    activities: ActivityService
    audit: Audit
    connections: ConnectionService
    hand_outs: TokenHandOutService
    own_data: OwnDataService
    predictions: PredictionService
    uploads: UploadService
    inbox: Inbox
    subscription: SubscriptionKeeping | None
    jobs: tuple[Job, ...]
    worker: EmbeddedWorker

    @asynccontextmanager
    async def running(self, *, worker: bool) -> AsyncIterator[None]:
        """With the worker, if wanted, at work; everything is closed at the end."""
        async with AsyncExitStack() as stack:
            clients = (self.strava, self.files, self.predictor, self.subscription, self.consents)
            for part in (self.database, *clients, self.hand_outs, self.inbox):
                if part is not None:
                    stack.push_async_callback(part.close)
            if worker:
                await stack.enter_async_context(self.worker.running())
            yield

    @property
    def checks(self) -> Mapping[str, Check]:
        """What must hold for the service to be ready."""
        checks: dict[str, Check] = {"database": self.database.ping}
        if self.settings.worker_embedded:
            checks["worker"] = self.worker.check
        return checks


def assemble(
    settings: Settings,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None = None,
    strava_transport: Transport | None = None,
    predictor_transport: Transport | None = None,
    messenger: Messenger | None = None,
) -> Parts:
    """The ayda of these settings; nothing is connected to before it is used."""
    database = Database(settings.database_url)
    queue = open_queue(database, JOB_TABLE, now=now)
    predictor = _predictor(settings, now, metrics, predictor_transport)
    strava = open_strava(settings, database, Patience(now), metrics, strava_transport)
    consents = open_consents(settings, database, queue, now=now, metrics=metrics, transport=strava_transport)
    keeper, revocations, uploads = consents.keeper, consents.revocations, _uploads(settings, database, queue, now)
    hooks, subscription = WebhookJobs(queue), _subscription(settings, database, strava, now, strava_transport)
    files, audit, notices = FileReader(), Audit(database, now=now), QueuedNotices(queue)
    jobs = (
        *(() if predictor is None else (notify_connected_job(predictor, Connections(database, queue)),)),
        *(() if predictor is None else (EraseAtPredictor(database, queue, predictor, notices, now).job(),)),
        *(EventForwarding(database, hooks, predictor).job(), EndNotice(database, predictor).job()),
        *(ConsentCheck(database, hooks, keeper, now=now).job(), Tidying(database, hooks, now=now).job()),
        *(() if subscription is None else (subscription.job(),)),
        UploadAttempts(database, StravaUploads(strava), keeper, Patience(now)).job(),
        *(revocations.job(), audit.job(), tidy_job(database), tell_member_job(messenger or LogMessenger())),
        retention_job(database, Base.metadata, RULES, now=now),
    )
    return Parts(
        settings=settings,
        database=database,
        queue=queue,
        strava=strava,
        consents=consents,
        predictor=predictor,
        files=files,
        activities=ActivityService(database, files, uploads, now=now),
        audit=audit,
        connections=_connections(settings, database, consents, NoNotices() if predictor is None else notices, now),
        hand_outs=TokenHandOutService(database, keeper, now=now),
        own_data=OwnDataService(database, queue, revocations, predictor, bot_token=settings.bot_token, now=now),
        predictions=PredictionService(database, predictor, now=now),
        uploads=uploads,
        inbox=Inbox(database, hooks, settings.webhooks, now=now),
        subscription=subscription,
        jobs=jobs,
        worker=EmbeddedWorker(queue, jobs),
    )


def _subscription(
    settings: Settings,
    database: Database,
    strava: StravaClient,
    now: Callable[[], datetime],
    transport: Transport | None,
) -> SubscriptionKeeping | None:
    hooks = settings.webhooks
    if hooks is None:
        return None
    client = SubscriptionClient(strava, settings.strava_client_id, settings.strava_client_secret)
    probe = CallbackProbe(ApiClient(settings.public_url, "callback", transport=transport, now=now), hooks)
    return SubscriptionKeeping(database, client, probe, settings.public_url, hooks, now=now)


def _predictor(
    settings: Settings, now: Callable[[], datetime], metrics: Metrics | None, transport: Transport | None
) -> PredictorClient | None:
    if settings.predictor_url is None:
        return None
    keys = settings.predictor_api_keys
    return PredictorClient(
        ApiClient(
            settings.predictor_url,
            "predictor",
            headers=lambda: {API_KEY_HEADER: keys.sending(now())},
            transport=transport,
            internal=True,
            metrics=metrics,
            now=now,
        )
    )


def _connections(
    settings: Settings, database: Database, consents: Consents, notices: Notices, now: Callable[[], datetime]
) -> ConnectionService:
    return ConnectionService(
        database,
        consents.oauth,
        consents.seals,
        notices,
        consents.revocations,
        handovers=Handovers(database, now=now),
        redirect_uri=settings.public_url + CALLBACK_PATH,
        now=now,
    )


def _uploads(settings: Settings, database: Database, queue: JobQueue, now: Callable[[], datetime]) -> UploadService:
    automatic, consent_url = settings.strava_auto_upload, settings.public_url + CONSENT_PATH
    return UploadService(database, queue, automatic=automatic, consent_url=consent_url, now=now)
