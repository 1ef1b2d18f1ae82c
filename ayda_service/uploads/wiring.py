"""Uploads put together, for the service's composition root."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, TypeAlias

from ayda_service.settings import Settings
from ayda_service.uploads.attempt import Patience, UploadAttempts
from ayda_service.uploads.client import StravaUploads
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.client import ApiClient, CircuitBreaker
from servicekit.jobs import Job
from servicekit.strava.quota import MemoryQuotaStore, QuotaLedger, RedisQuotaStore
from servicekit.strava.tokens.keeper import TokenKeeper

OWN_SHARE: Final = 1 / 3
"""Of the application's quota, while the predictor counts the rest for itself (brief 000)."""
CONSENT_PATH: Final = "/api/v1/strava/auth?uploads=true"

Transport: TypeAlias = Any
"""An `httpx.AsyncBaseTransport` in place of the network."""


def open_strava(
    settings: Settings,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None = None,
    transport: Transport | None = None,
) -> StravaUploads:
    """Strava's uploads under this service's part of the quota."""
    client = ApiClient(
        settings.strava_api_base,
        "strava",
        transport=transport,
        metrics=metrics,
        # the door of the uploads leaves Strava alone for longer than a breaker would, and tells the upload why
        breaker=CircuitBreaker(threshold=sys.maxsize),
        max_connections=10,
        now=now,
    )
    return StravaUploads(client, _quota(settings, now), now)


def _quota(settings: Settings, now: Callable[[], datetime]) -> QuotaLedger:
    if settings.redis_url is not None:
        return QuotaLedger(RedisQuotaStore(settings.redis_url.reveal()), now=now)
    return QuotaLedger(MemoryQuotaStore(), now=now, share=OWN_SHARE)


def build_upload_job(
    database: Database,
    strava: StravaUploads,
    keeper: TokenKeeper,
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    jitter: Callable[[], float] = random.random,
) -> Job:
    """The job that uploads one activity."""
    return UploadAttempts(database, strava, keeper, Patience(now, sleep, jitter)).job()
