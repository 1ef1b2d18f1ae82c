"""The own application at Strava: the one place of the predictor that obtains, refreshes and ends tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from predictor_service.settings import Settings
from predictor_service.strava.own_app.models import LocalOutage, LocalRevocation, LocalToken
from predictor_service.strava.own_app.service import OwnApp
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.client import Transport
from servicekit.jobs import JobQueue
from servicekit.strava.consents import Application, ConsentTables, open_consents
from servicekit.strava.quotas import AnyQuotas

_TABLES: Final = ConsentTables(LocalToken, LocalRevocation, LocalOutage)


def open_own_app(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    start_sync: Callable[[Session, UUID], None],
    reached: tuple[Transport | None, Metrics | None],
    *,
    quota: AnyQuotas | None,
    now: Callable[[], datetime],
) -> OwnApp | None:
    """Our own application; None where none is configured. `reached`: how Strava is, and who measures that."""
    transport, metrics = reached
    client_id, client_secret = settings.strava_client_id, settings.strava_client_secret
    if client_id is None or client_secret is None:
        return None
    application = Application(client_id, client_secret, settings.strava_oauth_base, settings.vault)
    consents = open_consents(
        application,
        _TABLES,
        database,
        queue,
        now=now,
        metrics=metrics,
        transport=transport,
        quota=None if quota is None else quota.of(client_id),
        on_saved=partial(_told, "refreshed"),
        on_lost=partial(_told, "lost"),
        on_given_up=partial(_told, "revoked"),
    )
    return OwnApp(database, consents, start_sync, now)


def _told(operation: str, _session: Session, athlete_id: int, _fence: int = 0) -> None:
    """To the log, which is the audit of these tokens: nobody is handed one."""
    structlog.get_logger(__name__).info("token_operation", operation=operation, athlete_id=athlete_id)
