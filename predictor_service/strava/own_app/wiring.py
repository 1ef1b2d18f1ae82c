"""The own application put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from predictor_service.strava.errors import ScopeMissing
from predictor_service.strava.own_app.errors import AuthorizationDenied, AuthorizationExpired
from predictor_service.strava.own_app.models import LocalOutage, LocalRevocation, LocalToken
from predictor_service.strava.own_app.service import OwnApp
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.data.database import Database
from servicekit.http.client import ApiClient
from servicekit.jobs import JobQueue
from servicekit.strava.errors import CapacityFull, StravaUnavailable
from servicekit.strava.oauth import StravaOAuth
from servicekit.strava.outages.store import SqlOutage
from servicekit.strava.revocations.service import Revocations
from servicekit.strava.revocations.store import RevocationStore
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import TokenSeals
from servicekit.strava.tokens.store import SqlTokenStore
from servicekit.web.problems import ProblemRule, ProblemTable

OWN_APP_PROBLEMS: Final[ProblemTable] = {
    AuthorizationExpired: ProblemRule(400, "authorization_expired"),
    AuthorizationDenied: ProblemRule(403, "authorization_denied"),
    ScopeMissing: ProblemRule(409, "scope_missing"),
    CapacityFull: ProblemRule(503, "strava_capacity_full"),
    StravaUnavailable: lambda error: ProblemRule(503, "strava_unavailable", retry_after_s=error.retry_after_s or 30),
}


def build_own_app(
    *,
    client_id: str,
    client_secret: Secret,
    oauth_base: str,
    vault: Vault,
    database: Database,
    queue: JobQueue,
    now: Callable[[], datetime],
    strava_transport: Any = None,
) -> OwnApp:
    """The own application of these credentials; `strava_transport` replaces the network."""
    client = ApiClient(oauth_base, "strava", transport=strava_transport, now=now)
    oauth = StravaOAuth(client_id=client_id, client_secret=client_secret, oauth_base=oauth_base, client=client, now=now)
    seals, waiting = TokenSeals(vault, now=now), RevocationStore(LocalRevocation, LocalToken)
    revocations = Revocations(database, queue, oauth, seals, waiting, now=now)
    tokens = SqlTokenStore(database, LocalToken, on_gone=revocations.landed)
    return OwnApp(
        database=database,
        oauth=oauth,
        keeper=TokenKeeper(tokens, oauth, vault, now=now, outage=SqlOutage(database, LocalOutage)),
        seals=seals,
        revocations=revocations,
        client=client,
        now=now,
    )
