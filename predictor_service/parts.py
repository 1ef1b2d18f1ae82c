"""What the predictor is made of: built once, from settings, a clock and, in tests, transports."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from predictor_service.accuracy.figures import measure_accuracy
from predictor_service.accuracy.jobs import telling, telling_job
from predictor_service.accuracy.service import LedgerService
from predictor_service.activities.service import ActivityService
from predictor_service.answering import answering, rehearse_forecast
from predictor_service.athletes.service import AthleteService, is_known
from predictor_service.changes import Changes
from predictor_service.distributions.service import DistributionService
from predictor_service.erasure.restored import RestoredAthletes
from predictor_service.erasure.service import ErasureService
from predictor_service.events.service import EventService
from predictor_service.guests.service import GuestProfileService
from predictor_service.imports.archives import Inbox
from predictor_service.imports.jobs import Importer
from predictor_service.imports.models import ARCHIVE_KEY
from predictor_service.imports.service import ImportService
from predictor_service.models import JOBS, Base
from predictor_service.neighbours import open_ayda, open_strava
from predictor_service.paths.memory import PathMemory
from predictor_service.paths.service import PathChoices
from predictor_service.predictions import courses
from predictor_service.predictions.service import PredictionService
from predictor_service.profiles.service import ProfileService
from predictor_service.races.service import RaceService
from predictor_service.retention import RULES
from predictor_service.routes.service import RouteService
from predictor_service.settings import Settings
from predictor_service.sight.service import Sight, open_watchman
from predictor_service.strava.ayda_client import AydaRunClient
from predictor_service.strava.client import AthletesActivities
from predictor_service.strava.own_app.client import open_own_app
from predictor_service.strava.own_app.service import OwnApp
from predictor_service.strava.tokens import OrderedTokenSource
from predictor_service.sync.athlete_sync import AthleteSync
from predictor_service.sync.jobs import rescue_job, sync_jobs
from predictor_service.sync.schedule import SyncSchedule
from predictor_service.sync.service import SyncService
from servicekit.base.file_seals import FileSeals
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.data.fitness import check_room
from servicekit.data.trouble import DatabaseUnavailable
from servicekit.http.client import Transport
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.in_process import EmbeddedWorker, open_queue
from servicekit.jobs.retention import retention_job
from servicekit.strava.client import StravaClient
from servicekit.strava.quota import QUOTA_ALONE
from servicekit.web.api_keys import ApiKeys
from servicekit.web.budgets import Accounts, open_accounts
from servicekit.web.health import Check, helper
from servicekit.web.parts import Closable, ServiceParts
from servicekit.web.track_files import FileReader

Leave = Callable[[Session, str], dict[str, int]]
"""See `OwnApp.leave`."""
NO_IMPORTS: Final = "The disk of IMPORTS_FOLDER is full: no archives are taken; everything else works."


class DatabaseUnusable(Exception):
    """The service cannot start on this database."""

    def __init__(self) -> None:
        super().__init__("The database cannot be used. Does it run, and is it migrated? ayda migrate predictor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(ServiceParts):
    """Those of the predictor."""

    name = "predictor"
    settings: Settings
    strava: StravaClient
    ayda: AydaRunClient | None
    own_app: OwnApp | None
    files: FileReader
    changes: Changes
    activities: ActivityService
    athletes: AthleteService
    distributions: DistributionService
    erasure: ErasureService
    events: EventService
    guests: GuestProfileService
    imports: ImportService
    ledger: LedgerService
    paths: PathChoices
    predictions: PredictionService
    profiles: ProfileService
    races: RaceService
    routes: RouteService
    sync: SyncService
    accounts: Accounts

    def clients(self) -> Sequence[Closable | None]:
        """Strava, ayda, the reader of files, what counts callers, and what is looked up or written together."""
        together = self.profiles, self.predictions
        return self.own_app, self.ayda, self.strava, self.files, self.guests, self.accounts, *together

    def helpers(self) -> Mapping[str, Check]:
        """Redis, and room for archives."""
        found = {"imports": helper(self.imports_room, NO_IMPORTS)}
        if self.settings.redis_url is not None:
            found["redis"] = helper(self.strava.quota.check, QUOTA_ALONE)
        return found

    async def imports_room(self) -> None:
        """Raises DatabaseUnfit when no archive could be put down."""
        check_room(self.settings.imports_folder)

    def restored(self) -> RestoredAthletes:
        """What a backup may have brought back."""
        return RestoredAthletes(self.database, self.erasure, self.athletes)

    async def prepare(self) -> None:
        """Clears away what a kill has left, and writes the catalogue of races. Raises DatabaseUnusable."""
        await self.files.clear()
        if self.settings.reader_at_start:
            self.files.wake()
            await asyncio.to_thread(rehearse_forecast)
        await asyncio.to_thread(self.imports.inbox.make_private)
        try:
            await self.races.seed()
        except DatabaseUnavailable as error:
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
    seals, memory, metrics = _archive_seals(settings), PathMemory(settings.vault, now), metrics or Metrics()
    database, files = Database(settings.database_url, metrics=metrics), FileReader(metrics=metrics)
    queue, inbox = open_queue(database, JOBS, now=now, metrics=metrics), Inbox(settings.imports_folder)
    strava, quota = open_strava(settings, database, now, metrics, strava_transport)
    schedule, ayda = SyncSchedule(queue, now), open_ayda(settings, now, ayda_transport, metrics)
    own_app = open_own_app(settings, database, queue, schedule.start, (strava_transport, metrics), quota=quota, now=now)
    leave, tokens, profiles, forget = _of_athletes(settings, database, own_app, ayda, now)
    ledger = LedgerService(profiles.rebuild, None if ayda is None else telling(queue), now)
    measure_accuracy(metrics, database)
    whose = partial(AthletesActivities, strava, tokens)
    syncs = AthleteSync(database, whose, ledger.learn, schedule, memory=memory, now=now)
    sync, changes = SyncService(database, syncs, schedule, quota, tokens, now=now), Changes(database, is_known, now)
    erasure = ErasureService(database, queue, inbox, forget, rebuild=profiles.rebuild, leave=leave, now=now)
    jobs = (*_visits(settings, sync, tokens, now), *_telling(database, own_app, ayda))
    jobs += Importer(database, ledger.learn, inbox, seals, memory=memory, now=now).jobs()
    jobs += _kept(changes, database, queue, now)
    return Parts(
        settings=settings,
        database=database,
        watchman=open_watchman(Sight(database, queue, quota, now=now), database, metrics, now=now),
        queue=queue,
        strava=strava,
        ayda=ayda,
        own_app=own_app,
        files=files,
        changes=changes,
        activities=ActivityService(database, ledger.learn, files, memory=memory, now=now),
        athletes=AthleteService(schedule.start, erasure.forget_strava, forget, leave=leave, now=now),
        erasure=erasure,
        events=EventService(schedule.look, now),
        imports=ImportService(database, queue, inbox, files, seals=seals, now=now),
        ledger=ledger,
        **answering(settings, database, files, profiles, ledger, memory=memory, now=now)._asdict(),
        profiles=profiles,
        sync=sync,
        accounts=open_accounts(settings.request_budgets, settings.redis_url, _names_key(settings.api_keys), now=now),
        jobs=jobs,
        worker=EmbeddedWorker(queue, jobs),
    )


def _archive_seals(settings: Settings) -> FileSeals:
    return FileSeals(settings.vault, ARCHIVE_KEY)


def _visits(
    settings: Settings, sync: SyncService, tokens: OrderedTokenSource, now: Callable[[], datetime]
) -> tuple[Job, ...]:
    """What reads Strava, and what finds syncs that nobody goes on with."""
    return (*sync_jobs(sync, now, visit_every_s=visit_every_s(settings, tokens)), rescue_job(sync))


def _telling(database: Database, own_app: OwnApp | None, ayda: AydaRunClient | None) -> tuple[Job, ...]:
    """What tells Strava and ayda of something, where there is such a neighbour."""
    revoking = () if own_app is None else (own_app.job(),)
    return revoking if ayda is None else (*revoking, telling_job(database, ayda))


def _kept(changes: Changes, database: Database, queue: JobQueue, now: Callable[[], datetime]) -> tuple[Job, Job]:
    """What forgets in time."""
    return changes.purge_job(), retention_job(database, queue, Base.metadata, RULES, now=now)


def _names_key(keys: ApiKeys) -> bytes:
    """What all processes of this service know and nobody else."""
    return b"".join(key.digest for key in keys.keys) or secrets.token_bytes(32)


def _of_athletes(
    settings: Settings,
    database: Database,
    own_app: OwnApp | None,
    ayda: AydaRunClient | None,
    now: Callable[[], datetime],
) -> tuple[Leave | None, OrderedTokenSource, ProfileService, Callable[[str], None]]:
    """What ends a connection of our own Strava app, tokens, profiles, and what takes a member out of our memory."""
    leave, tokens = None if own_app is None else own_app.leave, OrderedTokenSource(own_app, ayda)
    profiles = ProfileService(database, now, allow_strava_derived=settings.match_allow_strava_derived)
    return leave, tokens, profiles, partial(_forget, tokens, profiles)


def _forget(tokens: OrderedTokenSource, profiles: ProfileService, telegram_id: str) -> None:
    """Takes a member out of this process's memory."""
    tokens.drop(telegram_id)
    profiles.unload()
    courses.unload()


def visit_every_s(settings: Settings, tokens: OrderedTokenSource) -> float | None:
    """How often athletes are visited unasked; None when nobody is."""
    return settings.sync_interval_minutes * 60.0 if settings.background_sync_enabled and tokens.configured else None
