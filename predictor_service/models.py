"""Every table of the predictor, for its migrations."""

from __future__ import annotations

from predictor_service.activities.models import Activity
from predictor_service.athletes.models import Athlete
from predictor_service.events.models import DoubtRow, StravaEventRow
from predictor_service.imports.models import ImportRow
from predictor_service.models_base import Base
from predictor_service.predictions.models import LedgerEntry
from predictor_service.profiles.models import StoredProfile
from predictor_service.races.models import RaceDistanceRow, RaceRow
from predictor_service.routes.models import StoredRoute
from predictor_service.strava.own_app.models import LocalOutage, LocalRevocation, LocalState, LocalToken
from predictor_service.sync.models import ReadTroubleRow, SyncRunRow, SyncStateRow
from servicekit.jobs import job_table
from servicekit.web.idempotency.store import idempotency_table

JOBS = job_table(Base.metadata, about=("telegram_id", "athlete_id", "import_id"))
IDEMPOTENCY_KEYS = idempotency_table(Base.metadata)

__all__ = [
    "IDEMPOTENCY_KEYS",
    "JOBS",
    "Activity",
    "Athlete",
    "Base",
    "DoubtRow",
    "ImportRow",
    "LedgerEntry",
    "LocalOutage",
    "LocalRevocation",
    "LocalState",
    "LocalToken",
    "RaceDistanceRow",
    "RaceRow",
    "ReadTroubleRow",
    "StoredProfile",
    "StoredRoute",
    "StravaEventRow",
    "SyncRunRow",
    "SyncStateRow",
]
