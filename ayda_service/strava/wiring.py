"""What keeps and ends connections, put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ayda_service.strava.models import Revocation, StravaOutage, StravaToken
from servicekit.base.vault import Vault
from servicekit.data.database import Database
from servicekit.jobs import JobQueue
from servicekit.strava.clock import StravaClock
from servicekit.strava.oauth import StravaOAuth
from servicekit.strava.outages.store import SqlOutage
from servicekit.strava.revocations.service import OnSettled, Revocations
from servicekit.strava.revocations.store import RevocationStore
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import TokenSeals
from servicekit.strava.tokens.store import OnLost, SqlTokenStore


def build_keeping(
    database: Database,
    queue: JobQueue,
    oauth: StravaOAuth,
    vault: Vault,
    *,
    now: Callable[[], datetime],
    clock: StravaClock,
    on_lost: OnLost,
    on_settled: OnSettled,
) -> tuple[TokenKeeper, Revocations]:
    """Who gives tokens, and who ends them: what a refresh brings too late is ended, too."""
    seals = TokenSeals(vault, now=now)
    store = RevocationStore(Revocation, StravaToken)
    revocations = Revocations(database, queue, oauth, seals, store, now=now, on_settled=on_settled)
    tokens = SqlTokenStore(database, StravaToken, on_lost=on_lost, on_gone=revocations.landed)
    outage = SqlOutage(database, StravaOutage)
    return TokenKeeper(tokens, oauth, vault, now=now, clock=clock, outage=outage), revocations
