"""What the predictor is made of: built once, from settings, a clock and, in tests, transports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import OperationalError, ProgrammingError

from predictor_service.activities.service import ActivityService
from predictor_service.athletes.service import AthleteService
from predictor_service.changes import Changes
from predictor_service.erasure.service import ErasureService
from predictor_service.events.service import EventService
from predictor_service.imports.archives import Inbox
from predictor_service.imports.jobs import Importer, import_jobs
from predictor_service.imports.service import ImportService
from predictor_service.models import IDEMPOTENCY_KEYS, JOBS, Base
from predictor_service.predictions.service import PredictionService
from predictor_service.profiles.service import ProfileService
from predictor_service.races.service import RaceService
from predictor_service.retention import RULES
from predictor_service.routes.service import RouteService
from predictor_service.settings import Settings
from predictor_service.strava.own_app.service import OwnApp
from predictor_service.strava.own_app.wiring import build_own_app
from predictor_service.sync.wiring import Sync, Transport, build_sync
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.choice import open_queue
from servicekit.jobs.in_process import EmbeddedWorker
from servicekit.jobs.retention import retention_job
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
    """The predictor, assembled and not yet started."""

    settings: Settings
    database: Database
    queue: JobQueue
    metrics: Metrics
    profiles: ProfileService
    routes: RouteService
    races: RaceService
    activities: ActivityService
    files: FileReader
    imports: ImportService
    inbox: Inbox
    athletes: AthleteService
    erasure: ErasureService
    events: EventService
    predictions: PredictionService
    changes: Changes
    sync: Sync
    own_app: OwnApp | None
    jobs: Sequence[Job]
    worker: EmbeddedWorker

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Engine and clients for the length of the block, with the catalogue in the database."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.database.close)
            stack.push_async_callback(self.sync.close)
            stack.push_async_callback(self.files.close)
            try:
                await self.races.seed()
            except (OperationalError, ProgrammingError) as error:
                raise DatabaseUnusable from error
            yield

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """As `open`, with the embedded worker unless the settings say that others run the jobs."""
        async with self.open(), AsyncExitStack() as stack:
            if self.settings.worker_embedded:
                await stack.enter_async_context(self.worker.running())
            yield

    @property
    def checks(self) -> Mapping[str, Check]:
        """What must hold for the service to be ready."""
        checks: dict[str, Check] = {"database": self.database.ping}
        if self.settings.worker_embedded:
            checks["worker"] = self.worker.check
        return checks


def compose(
    settings: Settings,
    now: Callable[[], datetime],
    *,
    strava_transport: Transport | None = None,
    ayda_transport: Transport | None = None,
) -> Parts:
    """The predictor of these settings."""
    database, metrics = Database(settings.database_url), Metrics()
    queue = _counted(metrics, open_queue(database, JOBS, now=now))
    profiles, inbox = _profiles(settings, database, now), Inbox(settings.imports_folder)
    own_app = _own_app(settings, database, queue, now, strava_transport)
    transports = {"strava_transport": strava_transport, "ayda_transport": ayda_transport}
    sync = build_sync(settings, database, queue, profiles, now=now, metrics=metrics, own_app=own_app, **transports)
    changes = Changes(database, IDEMPOTENCY_KEYS, now)
    events = EventService(database, sync, now)
    jobs = [*sync.jobs, changes.purge_job(), events.purge_job(), *_own_jobs(database, profiles, inbox, now)]
    leave = None if own_app is None else own_app.leave
    jobs += [] if own_app is None else [own_app.job()]
    routes, races, files = RouteService(database, now), RaceService(database), FileReader()
    return Parts(
        settings=settings,
        database=database,
        queue=queue,
        metrics=metrics,
        profiles=profiles,
        routes=routes,
        races=races,
        activities=ActivityService(profiles, files, now),
        files=files,
        imports=ImportService(database, queue, inbox, now),
        inbox=inbox,
        athletes=AthleteService(sync, profiles, now, leave),
        erasure=ErasureService(database, queue, sync.tokens.drop, inbox, leave=leave, now=now),
        events=events,
        predictions=PredictionService(database, profiles, routes, races, now),
        changes=changes,
        sync=sync,
        own_app=own_app,
        jobs=jobs,
        worker=EmbeddedWorker(queue, jobs),
    )


def _own_jobs(database: Database, profiles: ProfileService, inbox: Inbox, now: Callable[[], datetime]) -> list[Job]:
    """Imports, and what deletes old rows."""
    imports = import_jobs(Importer(database, profiles, inbox, now), inbox, database, now)
    return [*imports, retention_job(database, Base.metadata, RULES, now=now)]


def _profiles(settings: Settings, database: Database, now: Callable[[], datetime]) -> ProfileService:
    return ProfileService(database, now, allow_strava_derived=settings.match_allow_strava_derived)


def _own_app(
    settings: Settings, database: Database, queue: JobQueue, now: Callable[[], datetime], transport: Transport | None
) -> OwnApp | None:
    if settings.strava_client_id is None or settings.strava_client_secret is None or settings.vault is None:
        return None
    return build_own_app(
        client_id=settings.strava_client_id,
        client_secret=settings.strava_client_secret,
        oauth_base=settings.strava_oauth_base,
        vault=settings.vault,
        database=database,
        queue=queue,
        now=now,
        strava_transport=transport,
    )


def _counted(metrics: Metrics, queue: JobQueue) -> JobQueue:
    jobs = metrics.gauge("jobs", "Jobs in the queue.", ["state"])
    oldest = metrics.gauge("jobs_oldest_ready_seconds", "For how long the oldest due job has waited.")

    async def read() -> None:
        stats = await queue.stats()
        for state in ("ready", "delayed", "running", "dead"):
            jobs.labels(state).set(getattr(stats, state))
        oldest.set(stats.oldest_ready_s)

    metrics.before_scrape(read)
    return queue
