"""The services of ayda, each over what it needs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from ayda_service.activities.learning import offer_to_learn
from ayda_service.activities.models import FILE_KEY, Activity
from ayda_service.activities.service import ActivityService
from ayda_service.guests.service import GuestService
from ayda_service.guests.uploads import GuestUploads
from ayda_service.imports.service import ImportService
from ayda_service.me.service import OwnDataService
from ayda_service.me.traces import Traces
from ayda_service.members.service import Membership
from ayda_service.plans.service import PlanService
from ayda_service.predictions.service import PredictionService
from ayda_service.predictor.client import PredictorClient
from ayda_service.settings import Settings
from ayda_service.strava.jobs import Notices
from ayda_service.strava.service import ConnectionService
from ayda_service.uploads.service import UploadService
from servicekit.base.file_seals import FileSeals
from servicekit.data.database import Database
from servicekit.data.erasure_list import ErasureList
from servicekit.jobs import JobQueue
from servicekit.strava.consents import Consents
from servicekit.web.budgets import Accounts, open_accounts
from servicekit.web.track_files import FileReader
from servicekit.web.turns import Turns

CONSENT_PATH: Final = "/api/v1/strava/auth?uploads=true"
CALLBACK_PATH: Final = "/api/v1/strava/callback"
GUESTS_AT_ONCE: Final = 12
"""Who send their past, and wait while it is read."""


def accounts_of(settings: Settings, now: Callable[[], datetime]) -> Accounts:
    key = settings.bot_token.reveal().encode()
    return open_accounts(settings.request_budgets, settings.redis_url, key, now=now)


def _activities_of(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    files: FileReader,
    *,
    traces: Traces,
    uploads: UploadService,
    now: Callable[[], datetime],
) -> ActivityService:
    """Kept sealed, as much of them as a member may keep; the predictor learns of them, where there is one."""
    seals, budgets = FileSeals(settings.vault, FILE_KEY), settings.budgets
    learn = partial(offer_to_learn, queue) if settings.predictor_url is not None else _nobody_learns
    return ActivityService(
        database, files, seals, traces.membership, budgets=budgets, uploads=uploads, learn=learn, now=now
    )


def _nobody_learns(_session: Session, _telegram_id: int, _activity: Activity) -> None:
    """For an ayda without a predictor."""


def imports_of(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    files: FileReader,
    predictor: PredictorClient | None,
    *,
    traces: Traces,
    notices: Notices,
    uploads: UploadService,
    now: Callable[[], datetime],
) -> ImportService:
    """Recordings and archives of members. Whoever is erased meanwhile is erased at the predictor too."""
    activities = _activities_of(settings, database, queue, files, traces=traces, uploads=uploads, now=now)
    forget, budgets, membership = notices.forget, settings.budgets, traces.membership
    return ImportService(database, queue, predictor, membership, activities, forget=forget, budgets=budgets, now=now)


def guests_of(
    settings: Settings, predictor: PredictorClient | None, plans: PlanService, files: FileReader
) -> GuestService:
    """Their pasts come into the same folder as other files, but take nobody else's turn."""
    uploads = GuestUploads(files.beside(Turns(0, GUESTS_AT_ONCE)), clock_s=time.monotonic)
    return GuestService(predictor, plans.maker, files, uploads, let_in=settings.guest_predictions)


def own_data_of(
    settings: Settings,
    database: Database,
    consents: Consents,
    notices: Notices,
    predictor: PredictorClient | None,
    *,
    traces: Traces,
    now: Callable[[], datetime],
) -> OwnDataService:
    """With the receipts that only who was given them can read."""
    return OwnDataService(
        database, traces, consents.revocations, notices, predictor, bot_token=settings.bot_token, now=now
    )


def plans_and_traces(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    predictor: PredictorClient | None,
    now: Callable[[], datetime],
) -> tuple[PlanService, Traces]:
    """Predictions, bounded for each member and day, with what is made of them; and who erases both."""
    membership, key = Membership(ErasureList(*settings.erasures), now=now), settings.bot_token
    predictions = PredictionService(database, predictor, membership, key=key, budgets=settings.budgets, now=now)
    plans = PlanService(database, predictions)
    return plans, Traces(queue, membership, forget=plans.forget)


def connections_of(
    settings: Settings,
    database: Database,
    consents: Consents,
    notices: Notices,
    *,
    traces: Traces,
    now: Callable[[], datetime],
) -> ConnectionService:
    """Whoever connects another athlete leaves nothing of the one before."""
    address, forget = settings.public_url + CALLBACK_PATH, traces.of_connection
    return ConnectionService(
        database, consents, notices, traces.membership, forget=forget, redirect_uri=address, now=now
    )


def uploads_of(settings: Settings, database: Database, queue: JobQueue, now: Callable[[], datetime]) -> UploadService:
    automatic, consent_url = settings.strava_auto_upload, settings.public_url + CONSENT_PATH
    return UploadService(database, queue, automatic=automatic, consent_url=consent_url, now=now)
