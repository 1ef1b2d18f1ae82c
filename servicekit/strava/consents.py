"""Athletes' consents through one Strava application: obtained, kept fresh and ended, over the tables of one service."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from kernel.strava.tokens import format_scope, has_scope, parse_scope
from servicekit.base.metrics import Metrics
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.data.database import Database
from servicekit.http.client import ApiClient, Transport
from servicekit.jobs import JobQueue
from servicekit.strava.client import strava_http
from servicekit.strava.clock import StravaClock
from servicekit.strava.grants import KEEP_S, Grants
from servicekit.strava.oauth import StravaOAuth
from servicekit.strava.outages.store import SqlOutage
from servicekit.strava.quota import QuotaLedger
from servicekit.strava.revocations.service import OnGivenUp, OnSettled, Revocations
from servicekit.strava.revocations.store import RevocationColumns, RevocationStore
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import TokenSeals
from servicekit.strava.tokens.store import OnLost, SqlTokenStore, TokenColumns

SCOPE: Final = "read,activity:read_all"
STATE_LIFE: Final = timedelta(minutes=10)
"""How long an athlete may take to decide at Strava."""


@dataclass(frozen=True, slots=True)
class Application:
    """A Strava application, and the keys that seal what athletes entrust to it."""

    client_id: str
    client_secret: Secret
    oauth_base: str
    vault: Vault


@dataclass(frozen=True, slots=True)
class ConsentTables:
    """The models of a service that hold its consents."""

    tokens: type[TokenColumns]
    revocations: type[RevocationColumns]
    outages: Any


@dataclass(frozen=True, slots=True)
class Consents:
    """What obtains tokens, keeps them fresh and ends them."""

    http: ApiClient
    oauth: StravaOAuth
    seals: TokenSeals
    keeper: TokenKeeper
    revocations: Revocations
    grants: Grants

    async def close(self) -> None:
        """Lets refreshes and exchanges of codes under way end, then closes the connections."""
        await self.grants.close()
        await self.keeper.close()
        await self.http.close()


def open_consents(
    application: Application,
    tables: ConsentTables,
    database: Database,
    queue: JobQueue,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None = None,
    transport: Transport | None = None,
    quota: QuotaLedger | None = None,
    on_lost: OnLost | None = None,
    on_settled: OnSettled | None = None,
    on_saved: OnLost | None = None,
    on_given_up: OnGivenUp | None = None,
    keep_s: float = KEEP_S,
) -> Consents:
    """Over these tables; what a refresh brings too late is ended, too, and what cannot be stored within `keep_s`."""
    base, vault = application.oauth_base, application.vault
    http = strava_http(base, now=now, metrics=metrics, transport=transport)
    clock = StravaClock(now) if quota is None else quota.clock
    seals = TokenSeals(vault, now=now)
    oauth = StravaOAuth(
        client_id=application.client_id,
        client_secret=application.client_secret,
        oauth_base=base,
        client=http,
        clock=clock,
        quota=quota,
    )
    waiting = RevocationStore(tables.revocations, tables.tokens)
    revocations = Revocations(
        database, queue, oauth, seals, waiting, now=now, on_settled=on_settled, on_given_up=on_given_up
    )
    landed = revocations.landed
    tokens = SqlTokenStore(database, tables.tokens, on_lost=on_lost, on_gone=landed, on_saved=on_saved)
    outage = SqlOutage(database, tables.outages)
    keeper = TokenKeeper(tokens, oauth, vault, now=now, clock=clock, outage=outage)
    grants = Grants(oauth, seals, revocations, database, within_s=keep_s)
    return Consents(http, oauth, seals, keeper, revocations, grants)


def agreed_scope(returned: str | None) -> str | None:
    """What the athlete granted, as Strava's callback says it; None when activities cannot be read with it."""
    granted = parse_scope(returned)
    return format_scope(granted) if has_scope(granted, "activity:read") else None


def digest_of(secret: str) -> str:
    """What is stored of a state or a code that only the athlete's browser knows."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
