"""Uploads put together, for the service's composition root."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from ayda_service.settings import Settings
from ayda_service.strava.models import StravaOutage
from kernel.strava.quota import SHARES
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.client import Transport
from servicekit.strava.client import Patience, StravaClient, strava_http
from servicekit.strava.outages.store import SqlOutage, Watched
from servicekit.strava.outages.watch import Outage, to_next_quarter
from servicekit.strava.quota import open_ledger

CONSENT_PATH: Final = "/api/v1/strava/auth?uploads=true"


def open_strava(
    settings: Settings,
    database: Database,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None = None,
    transport: Transport | None = None,
    patience: Patience | None = None,
) -> StravaClient:
    """Strava's API under this service's part of the quota; all its processes share what they know of an outage."""
    return StravaClient(
        strava_http(settings.strava_api_base, now=now, metrics=metrics, transport=transport),
        open_ledger(settings.redis_url, now=now, share=SHARES.ayda),
        Outage(now, SqlOutage(database, StravaOutage, Watched.API), pause=to_next_quarter),
        patience=patience or Patience(now),
    )
