"""The own application at Strava: the one place of the predictor that obtains, refreshes and ends tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from predictor_service.settings import Settings
from predictor_service.strava.own_app.models import LocalOutage, LocalRevocation, LocalToken
from predictor_service.strava.own_app.service import OwnApp
from servicekit.data.database import Database
from servicekit.http.client import Transport
from servicekit.jobs import JobQueue
from servicekit.strava.consents import Application, ConsentTables, open_consents

_TABLES: Final = ConsentTables(LocalToken, LocalRevocation, LocalOutage)


def open_own_app(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    start_sync: Callable[[Session, UUID], None],
    *,
    now: Callable[[], datetime],
    transport: Transport | None,
) -> OwnApp | None:
    """Our own application; None where none is configured."""
    client_id, client_secret = settings.strava_client_id, settings.strava_client_secret
    if client_id is None or client_secret is None:
        return None
    application = Application(client_id, client_secret, settings.strava_oauth_base, settings.vault)
    consents = open_consents(application, _TABLES, database, queue, now=now, transport=transport)
    return OwnApp(database, consents, start_sync, now)
