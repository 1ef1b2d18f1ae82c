"""What ayda is made of: built once, from settings, a clock and, in tests, transports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from ayda_service.activities.service import ActivityService
from ayda_service.audit.service import Audit
from ayda_service.hand_outs.service import TokenHandOutService
from ayda_service.me.jobs import EraseAtPredictor, tidy_job
from ayda_service.me.service import OwnDataService
from ayda_service.me.store import ReceiptStore
from ayda_service.members.jobs import LogMessenger, Messenger, tell_member_job
from ayda_service.models import JOB_TABLE, Base
from ayda_service.predictions.service import PredictionService
from ayda_service.predictor.client import PredictorClient
from ayda_service.retention import RULES
from ayda_service.settings import Settings
from ayda_service.strava.jobs import Connections, Delivery, Notices, tell_lost
from ayda_service.strava.models import Revocation, StravaOutage, StravaToken
from ayda_service.strava.service import ConnectionService
from ayda_service.uploads.attempt import UploadAttempts
from ayda_service.uploads.service import UploadService
from ayda_service.webhooks.client import CallbackProbe, SubscriptionClient
from ayda_service.webhooks.consent import ConsentCheck
from ayda_service.webhooks.forwarding import EventForwarding
from ayda_service.webhooks.jobs import tidying_job
from ayda_service.webhooks.service import Inbox
from ayda_service.webhooks.subscription import SubscriptionKeeping
from kernel.strava.quota import SHARES
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.client import ApiClient, Transport
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.in_process import EmbeddedWorker, open_queue
from servicekit.jobs.retention import retention_job
from servicekit.strava.client import Patience, StravaClient, strava_http
from servicekit.strava.consents import Application, Consents, ConsentTables, open_consents
from servicekit.strava.outages.store import SqlOutage, Watched
from servicekit.strava.outages.watch import Outage, to_next_quarter
from servicekit.strava.quota import open_ledger
from servicekit.strava.revocations.store import Outcome
from servicekit.web.api_keys import API_KEY_HEADER
from servicekit.web.parts import Closable, ServiceParts
from servicekit.web.track_files import FileReader

CALLBACK_PATH: Final = "/api/v1/strava/callback"
CONSENT_PATH: Final = "/api/v1/strava/auth?uploads=true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(ServiceParts):
    """Those of ayda."""

    settings: Settings
    strava: StravaClient
    consents: Consents
    predictor: PredictorClient | None
    files: FileReader
    activities: ActivityService
    connections: ConnectionService
    hand_outs: TokenHandOutService
    own_data: OwnDataService
    predictions: PredictionService
    uploads: UploadService
    inbox: Inbox
    subscription: SubscriptionKeeping | None

    def clients(self) -> Sequence[Closable | None]:
        """Strava, the predictor and all that speak to them or read files."""
        reaching = (self.strava, self.files, self.predictor, self.subscription, self.consents)
        return *reaching, self.hand_outs, self.inbox


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
    consents = _consents(settings, database, queue, now=now, metrics=metrics, transport=strava_transport)
    automatic, consent_url = settings.strava_auto_upload, settings.public_url + CONSENT_PATH
    uploads = UploadService(database, queue, automatic=automatic, consent_url=consent_url, now=now)
    subscription = _subscription(settings, database, strava, now, strava_transport)
    files, notices = FileReader(), Notices(queue, wanted=predictor is not None)
    jobs = (
        *(() if predictor is None else _told(database, queue, notices, predictor, now)),
        *(() if subscription is None else (subscription.job(),)),
        *(EventForwarding(database, queue, predictor).job(), tidying_job(database, queue, now=now)),
        ConsentCheck(database, notices, consents.keeper, now=now).job(),
        UploadAttempts(database, strava, consents.keeper, Patience(now)).job(),
        *(consents.revocations.job(), tidy_job(database), tell_member_job(messenger or LogMessenger())),
        *(Audit(database, now=now).job(), retention_job(database, Base.metadata, RULES, now=now)),
    )
    return Parts(
        settings=settings,
        database=database,
        queue=queue,
        strava=strava,
        consents=consents,
        predictor=predictor,
        files=files,
        activities=ActivityService(database, files, uploads.offer, now=now),
        connections=ConnectionService(database, consents, notices, settings.public_url + CALLBACK_PATH, now=now),
        hand_outs=TokenHandOutService(database, consents.keeper, now=now),
        own_data=OwnDataService(
            database, queue, consents.revocations, notices, predictor, bot_token=settings.bot_token, now=now
        ),
        predictions=PredictionService(database, predictor, now=now),
        uploads=uploads,
        inbox=Inbox(database, queue, settings.webhooks, now=now),
        subscription=subscription,
        jobs=jobs,
        worker=EmbeddedWorker(queue, jobs),
    )


def open_strava(
    settings: Settings, database: Database, patience: Patience, metrics: Metrics | None, transport: Transport | None
) -> StravaClient:
    """Strava's API under this service's part of the quota; all its processes share what they know of an outage."""
    now = patience.now
    http = strava_http(settings.strava_api_base, now=now, metrics=metrics, transport=transport)
    quota = open_ledger(settings.redis_url, now=now, share=SHARES.ayda)
    outage = Outage(now, SqlOutage(database, StravaOutage, Watched.API), pause=to_next_quarter)
    return StravaClient(http, quota, outage, patience=patience)


def _consents(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None,
    transport: Transport | None,
) -> Consents:
    """Over the rows of this service; a receipt hears of each consent that is ended, the member of each that is lost."""

    def settled(session: Session, revocation_id: UUID, outcome: Outcome) -> None:
        ReceiptStore(session).settle_strava(revocation_id, outcome, now())

    return open_consents(
        Application(
            settings.strava_client_id, settings.strava_client_secret, settings.strava_oauth_base, settings.vault
        ),
        ConsentTables(StravaToken, Revocation, StravaOutage),
        database,
        queue,
        now=now,
        metrics=metrics,
        transport=transport,
        on_lost=partial(tell_lost, queue),
        on_settled=settled,
    )


def _told(
    database: Database, queue: JobQueue, notices: Notices, predictor: PredictorClient, now: Callable[[], datetime]
) -> tuple[Job, ...]:
    """What the predictor is told, however long it is away."""
    erasures = EraseAtPredictor(database, queue, notices, predictor, now=now)
    return *Delivery(Connections(database, notices), predictor).jobs(), erasures.job()


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
