"""What the predictor is made of: built once, from settings, a clock and, in tests, transports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

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
from predictor_service.strava.own_app.client import open_own_app
from predictor_service.strava.own_app.models import LocalOutage
from predictor_service.strava.own_app.service import OwnApp
from predictor_service.strava.tokens import OrderedTokenSource
from predictor_service.sync.athlete_sync import AthleteSync
from predictor_service.sync.jobs import sync_jobs
from predictor_service.sync.schedule import SyncSchedule
from predictor_service.sync.service import SyncService
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.client import ApiClient, Transport
from servicekit.jobs.in_process import EmbeddedWorker, open_queue
from servicekit.jobs.retention import retention_job
from servicekit.strava.client import Patience, StravaClient, strava_http
from servicekit.strava.outages.store import SqlOutage, Watched
from servicekit.strava.outages.watch import Outage
from servicekit.strava.quota import QuotaLedger, open_ledger
from servicekit.web.api_keys import API_KEY_HEADER
from servicekit.web.parts import Closable, ServiceParts
from servicekit.web.track_files import FileReader

AYDA_TIMEOUT_S: Final = 10.0


class DatabaseUnusable(Exception):
    """The service cannot start on this database."""

    def __init__(self) -> None:
        super().__init__("The database cannot be used. Does it run, and is it migrated? ayda migrate predictor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(ServiceParts):
    """Those of the predictor."""

    settings: Settings
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

    def clients(self) -> Sequence[Closable | None]:
        """Strava, ayda and the reader of files."""
        return self.own_app, self.ayda, self.strava, self.files

    async def prepare(self) -> None:
        """Writes the catalogue of races into the database. Raises DatabaseUnusable."""
        try:
            await self.races.seed()
        except (OperationalError, ProgrammingError) as error:
            raise DatabaseUnusable from error


def assemble(
    settings: Settings,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None = None,
    strava_transport: Transport | None = None,
    ayda_transport: Transport | None = None,
) -> Parts:
    """The predictor of these settings; nothing is connected to before it is used."""
    database, files = Database(settings.database_url), FileReader()
    queue = open_queue(database, JOBS, now=now, metrics=metrics)
    strava, quota = build_strava(settings, database, now, metrics, strava_transport)
    schedule, ayda = SyncSchedule(queue, now), build_ayda(settings, now, ayda_transport)
    own_app = open_own_app(settings, database, queue, schedule.start, now=now, transport=strava_transport)
    leave, tokens = None if own_app is None else own_app.leave, OrderedTokenSource(own_app, ayda)
    profiles = ProfileService(database, now, allow_strava_derived=settings.match_allow_strava_derived)
    forget = partial(_forget, tokens, profiles)
    races, routes, inbox = RaceService(database), RouteService(database, now), Inbox(settings.imports_folder)
    syncs = AthleteSync(database, partial(AthletesActivities, strava, tokens), profiles.rebuild, schedule, now=now)
    sync, changes = SyncService(database, syncs, schedule, quota, now), Changes(database, now)
    erasure = ErasureService(database, queue, inbox, forget, rebuild=profiles.rebuild, leave=leave, now=now)
    jobs = (
        *sync_jobs(sync, now, visit_every_s=visit_every_s(settings, tokens)),
        *(*Importer(database, profiles, inbox, now).jobs(), *(() if own_app is None else (own_app.job(),))),
        *(changes.purge_job(), retention_job(database, Base.metadata, RULES, now=now)),
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
        activities=ActivityService(profiles.rebuild, files, now),
        athletes=AthleteService(schedule.start, erasure.forget_strava, forget, leave=leave, now=now),
        erasure=erasure,
        events=EventService(schedule.look, now),
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


def _forget(tokens: OrderedTokenSource, profiles: ProfileService, telegram_id: str) -> None:
    """Takes a member out of this process's memory."""
    tokens.drop(telegram_id)
    profiles.unload()


def visit_every_s(settings: Settings, tokens: OrderedTokenSource) -> float | None:
    """How often athletes are visited unasked; None when nobody is."""
    return settings.sync_interval_minutes * 60.0 if settings.background_sync_enabled and tokens.configured else None


def build_ayda(settings: Settings, now: Callable[[], datetime], transport: Transport | None) -> AydaRunClient | None:
    """Where members' tokens come from, if such an address is known."""
    if settings.ayda_url is None:
        return None
    http = ApiClient(
        settings.ayda_url,
        "ayda_service",
        headers=lambda: {API_KEY_HEADER: settings.ayda_api_keys.sending(now())},
        timeout_s=AYDA_TIMEOUT_S,
        retry_delays_s=(),  # whoever needs the token comes back by itself, and later
        transport=transport,
        internal=True,
        now=now,
    )
    return AydaRunClient(http, now)
