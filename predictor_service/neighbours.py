"""Strava and ayda as the predictor reaches them: the clients, made of its settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from kernel.strava.quota import SHARES, Limits
from predictor_service.settings import Settings
from predictor_service.strava.ayda_client import AydaRunClient
from predictor_service.strava.own_app.models import LocalOutage
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.client import ApiClient, Transport
from servicekit.strava.client import Patience, StravaClient, strava_http
from servicekit.strava.outages.store import SqlOutage, Watched
from servicekit.strava.outages.watch import Outage
from servicekit.strava.quotas import AppQuotas, open_quotas
from servicekit.web.api_keys import API_KEY_HEADER

AYDA_TIMEOUT_S: Final = 10.0


def open_strava(
    settings: Settings,
    database: Database,
    now: Callable[[], datetime],
    metrics: Metrics | None = None,
    transport: Transport | None = None,
) -> tuple[StravaClient, AppQuotas]:
    """Strava, and what counts the calls to it."""
    limits = Limits(read=settings.strava_read_limits, overall=settings.strava_overall_limits)
    apps = {"own": settings.strava_client_id, "neighbour": settings.ayda_url}
    quota = open_quotas(settings.redis_url, **apps, now=now, share=SHARES.predictor, limits=limits)
    outage = Outage(now, SqlOutage(database, LocalOutage, Watched.API))
    http = strava_http(settings.strava_api_base, now=now, metrics=metrics, transport=transport)
    return StravaClient(http, quota, outage, retries=settings.strava_retries, patience=Patience(now)), quota


def open_ayda(
    settings: Settings, now: Callable[[], datetime], transport: Transport | None, metrics: Metrics | None = None
) -> AydaRunClient | None:
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
        metrics=metrics,
        now=now,
    )
    return AydaRunClient(http, now)
