"""What the predictor is made of: built once, from settings, a clock and, in tests, transports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.exc import OperationalError, ProgrammingError

from kernel.strava.quota import SHARES, Limits
from predictor_service.activities.service import ActivityService
from predictor_service.athletes.service import AthleteService
from predictor_service.changes import Changes
from predictor_service.erasure.service import ErasureService
from predictor_service.events.service import EventService
from predictor_service.imports.archives import Inbox
from predictor_service.imports.jobs import Importer
from predictor_service.imports.service import ImportService
from predictor_service.models import JOBS, Base
from predictor_service.predictions.service import PredictionService
from predictor_service.profiles.service import ProfileService
from predictor_service.races.service import RaceService
from predictor_service.retention import RULES
from predictor_service.routes.service import RouteService
from predictor_service.settings import Settings
from predictor_service.strava.ayda_client import AydaRunClient
from predictor_service.strava.client import AthletesActivities
from predictor_service.strava.own_app.models import LocalOutage, LocalRevocation, LocalToken
from predictor_service.strava.own_app.service import OwnApp, SyncStarter
from predictor_service.strava.tokens import OrderedTokenSource
from predictor_service.sync.athlete_sync import AthleteSync
from predictor_service.sync.jobs import sync_jobs
from predictor_service.sync.schedule import SyncSchedule
from predictor_service.sync.service import SyncService
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.client import Transport
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.in_process import EmbeddedWorker, open_queue
from servicekit.jobs.retention import retention_job
from servicekit.strava.client import Patience, StravaClient, strava_http
from servicekit.strava.oauth import StravaOAuth
from servicekit.strava.outages.store import SqlOutage, Watched
from servicekit.strava.outages.watch import Outage
from servicekit.strava.quota import QuotaLedger, open_ledger
from servicekit.strava.revocations.service import Revocations
from servicekit.strava.revocations.store import RevocationStore
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import TokenSeals
from servicekit.strava.tokens.store import SqlTokenStore
from servicekit.web.health import Check
from servicekit.web.track_files import FileReader


class DatabaseUnusable(Exception):
    """The service cannot start on this database."""

    def __init__(self) -> None:
        super().__init__(
            "The database cannot be used. Does it run, and is it migrated? python -m predictor_service migrate"
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """The predictor, assembled and not yet running."""

    settings: Settings
    database: Database
    queue: JobQueue
    strava: StravaClient
    ayda: AydaRunClient | None
    own_app: OwnApp | None
    files: FileReader
    changes: Changes
    activities: ActivityService
    athletes: AthleteService
    erasure: ErasureService
    events: EventService
    imports: ImportService
    predictions: PredictionService
    profiles: ProfileService
    races: RaceService
    routes: RouteService
    sync: SyncService
    jobs: tuple[Job, ...]
    worker: EmbeddedWorker

    @asynccontextmanager
    async def running(self, *, worker: bool) -> AsyncIterator[None]:
        """With the catalogue in the database and the worker, if wanted, at work; everything is closed at the end.

        Raises DatabaseUnusable.
        """
        async with AsyncExitStack() as stack:
            for part in (self.database, self.own_app, self.ayda, self.strava, self.files):
                if part is not None:
                    stack.push_async_callback(part.close)
            try:
                await self.races.seed()
            except (OperationalError, ProgrammingError) as error:
                raise DatabaseUnusable from error
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
    ayda_transport: Transport | None = None,
) -> Parts:
    """The predictor of these settings; nothing is connected to before it is used."""
    database = Database(settings.database_url)
    queue = open_queue(database, JOBS, now=now, metrics=metrics)
    files, inbox = FileReader(), Inbox(settings.imports_folder)
    strava, quota = build_strava(settings, database, now, metrics, strava_transport)
    schedule, ayda = SyncSchedule(queue, now), _ayda(settings, now, ayda_transport)
    own_app = build_own_app(settings, database, queue, schedule=schedule, now=now, transport=strava_transport)
    leave, tokens = None if own_app is None else own_app.leave, OrderedTokenSource(own_app, ayda)
    profiles = ProfileService(database, now, allow_strava_derived=settings.match_allow_strava_derived)
    races, routes, changes = RaceService(database), RouteService(database, now), Changes(database, now)
    syncs = AthleteSync(database, partial(AthletesActivities, strava, tokens), profiles.rebuild, schedule, now=now)
    sync, events = SyncService(database, syncs, schedule, quota, now), EventService(database, schedule, now)
    jobs = (
        *sync_jobs(sync, now, visit_every_s=visit_every_s(settings, tokens)),
        *(*Importer(database, profiles, inbox, now).jobs(), changes.purge_job(), events.purge_job()),
        *(() if own_app is None else (own_app.job(),)),
        retention_job(database, Base.metadata, RULES, now=now),
    )
    return Parts(
        settings=settings,
        database=database,
        queue=queue,
        strava=strava,
        ayda=ayda,
        own_app=own_app,
        files=files,
        changes=changes,
        activities=ActivityService(profiles, files, now),
        athletes=AthleteService(schedule, profiles.rebuild, tokens.drop, leave=leave, now=now),
        erasure=ErasureService(database, queue, inbox, tokens.drop, leave=leave, now=now),
        events=events,
        imports=ImportService(database, queue, inbox, now),
        predictions=PredictionService(database, profiles, routes, races, now),
        profiles=profiles,
        races=races,
        routes=routes,
        sync=sync,
        jobs=jobs,
        worker=EmbeddedWorker(queue, jobs),
    )


def build_strava(
    settings: Settings,
    database: Database,
    now: Callable[[], datetime],
    metrics: Metrics | None = None,
    transport: Transport | None = None,
) -> tuple[StravaClient, QuotaLedger]:
    """Strava, and what counts the calls to it."""
    limits = Limits(read=settings.strava_read_limits, overall=settings.strava_overall_limits)
    quota = open_ledger(settings.redis_url, now=now, share=SHARES.predictor, limits=limits)
    outage = Outage(now, SqlOutage(database, LocalOutage, Watched.API))
    http = strava_http(settings.strava_api_base, now=now, metrics=metrics, transport=transport)
    return StravaClient(http, quota, outage, retries=settings.strava_retries, patience=Patience(now)), quota


def visit_every_s(settings: Settings, tokens: OrderedTokenSource) -> float | None:
    """How often athletes are visited unasked; None when nobody is."""
    return settings.sync_interval_minutes * 60.0 if settings.background_sync_enabled and tokens.configured else None


def _ayda(settings: Settings, now: Callable[[], datetime], transport: Transport | None) -> AydaRunClient | None:
    if settings.ayda_url is None:
        return None
    return AydaRunClient(settings.ayda_url, settings.ayda_api_keys, now=now, transport=transport)


def build_own_app(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    *,
    schedule: SyncStarter,
    now: Callable[[], datetime],
    transport: Transport | None,
) -> OwnApp | None:
    """The own Strava application, where one is configured."""
    client_id, client_secret, vault = settings.strava_client_id, settings.strava_client_secret, settings.vault
    if client_id is None or client_secret is None or vault is None:
        return None
    base = settings.strava_oauth_base
    client = strava_http(base, now=now, transport=transport)
    oauth = StravaOAuth(client_id=client_id, client_secret=client_secret, oauth_base=base, client=client, now=now)
    seals, waiting = TokenSeals(vault, now=now), RevocationStore(LocalRevocation, LocalToken)
    revocations = Revocations(database, queue, oauth, seals, waiting, now=now)
    tokens = SqlTokenStore(database, LocalToken, on_gone=revocations.landed)
    return OwnApp(
        database=database,
        oauth=oauth,
        keeper=TokenKeeper(tokens, oauth, vault, now=now, outage=SqlOutage(database, LocalOutage)),
        seals=seals,
        revocations=revocations,
        client=client,
        schedule=schedule,
        now=now,
    )
