"""Strava as this service speaks to it: one client of its API, and what obtains, keeps and ends consents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ayda_service.me.store import ReceiptStore
from ayda_service.members.jobs import Tellings
from ayda_service.settings import Settings
from ayda_service.strava.models import Revocation, StravaOutage, StravaToken
from kernel.strava.quota import SHARES
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.client import ApiClient, Transport
from servicekit.jobs import JobQueue
from servicekit.strava.client import Patience, StravaClient, strava_http
from servicekit.strava.oauth import StravaClock, StravaOAuth
from servicekit.strava.outages.store import SqlOutage, Watched
from servicekit.strava.outages.watch import Outage, to_next_quarter
from servicekit.strava.quota import open_ledger
from servicekit.strava.revocations.service import Revocations
from servicekit.strava.revocations.store import Outcome, RevocationStore
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import TokenSeals
from servicekit.strava.tokens.store import SqlTokenStore


def open_strava(
    settings: Settings, database: Database, patience: Patience, metrics: Metrics | None, transport: Transport | None
) -> StravaClient:
    """Strava's API under this service's part of the quota; all its processes share what they know of an outage."""
    now = patience.now
    http = strava_http(settings.strava_api_base, now=now, metrics=metrics, transport=transport)
    quota = open_ledger(settings.redis_url, now=now, share=SHARES.ayda)
    outage = Outage(now, SqlOutage(database, StravaOutage, Watched.API), pause=to_next_quarter)
    return StravaClient(http, quota, outage, patience=patience)


@dataclass(frozen=True, slots=True)
class Consents:
    """What obtains tokens, keeps them fresh and ends them."""

    http: ApiClient
    oauth: StravaOAuth
    seals: TokenSeals
    keeper: TokenKeeper
    revocations: Revocations

    async def close(self) -> None:
        """Lets refreshes under way end, then closes the connections."""
        await self.keeper.close()
        await self.http.close()


def open_consents(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None,
    transport: Transport | None,
) -> Consents:
    """Over the token rows of this service; what a refresh brings too late is ended, too."""
    http = strava_http(settings.strava_oauth_base, now=now, metrics=metrics, transport=transport)
    clock, seals = StravaClock(now), TokenSeals(settings.vault, now=now)
    oauth = StravaOAuth(
        client_id=settings.strava_client_id,
        client_secret=settings.strava_client_secret,
        oauth_base=settings.strava_oauth_base,
        client=http,
        clock=clock,
    )

    def settled(session: Session, revocation_id: UUID, outcome: Outcome) -> None:
        ReceiptStore(session).settle_strava(revocation_id, outcome, now())

    waiting = RevocationStore(Revocation, StravaToken)
    revocations = Revocations(database, queue, oauth, seals, waiting, now=now, on_settled=settled)
    lost = Tellings(queue).connection_lost
    tokens = SqlTokenStore(database, StravaToken, on_lost=lost, on_gone=revocations.landed)
    outage = SqlOutage(database, StravaOutage)
    keeper = TokenKeeper(tokens, oauth, settings.vault, now=now, clock=clock, outage=outage)
    return Consents(http, oauth, seals, keeper, revocations)
