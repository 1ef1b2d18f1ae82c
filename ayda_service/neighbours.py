"""Strava and the predictor as ayda reaches them: the clients, made of its settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from ayda_service.audit.service import write_down
from ayda_service.me.store import ReceiptStore
from ayda_service.predictor.client import PredictorClient
from ayda_service.settings import Settings
from ayda_service.strava.jobs import tell_lost
from ayda_service.strava.models import Revocation, StravaOutage, StravaToken
from ayda_service.webhooks.client import CallbackProbe, SubscriptionClient
from ayda_service.webhooks.subscription import SubscriptionKeeping
from kernel.strava.quota import SHARES
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.client import ApiClient, Transport
from servicekit.http.lines import LineClient
from servicekit.jobs import JobQueue
from servicekit.strava.client import Patience, StravaClient, strava_http
from servicekit.strava.consents import Application, Consents, ConsentTables, open_consents
from servicekit.strava.outages.store import SqlOutage, Watched
from servicekit.strava.outages.watch import Outage, to_next_quarter
from servicekit.strava.quota import QuotaLedger
from servicekit.strava.quotas import open_ledger
from servicekit.strava.revocations.store import Outcome
from servicekit.web.api_keys import API_KEY_HEADER

if TYPE_CHECKING:
    from aiogram.client.session.base import BaseSession

    from ayda_service.messages.client import Maker, TelegramClient

Transports: TypeAlias = tuple[Transport | None, Transport | None]
"""To Strava and to the predictor."""
CROWDED_AFTER_S: Final = 2.0
"""Beyond that a member's request is refused, rather than that all of them wait for those who hold the connections."""


def open_all(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    transports: Transports,
    *,
    metrics: Metrics,
    now: Callable[[], datetime],
) -> tuple[PredictorClient | None, StravaClient, Consents, SubscriptionKeeping | None]:
    """Whoever ayda asks, but for Telegram; each hears what is measured."""
    to_strava, to_predictor = transports
    strava = open_strava(settings, database, Patience(now), metrics, to_strava)
    quota = strava.quota.of(settings.strava_client_id)
    consents = open_own_consents(settings, database, queue, quota, now=now, metrics=metrics, transport=to_strava)
    subscription = open_subscription(settings, database, strava, now, to_strava)
    return open_predictor(settings, now, metrics, to_predictor), strava, consents, subscription


def open_strava(
    settings: Settings, database: Database, patience: Patience, metrics: Metrics | None, transport: Transport | None
) -> StravaClient:
    """Strava's API under this service's part of the quota; all its processes share what they know of an outage."""
    now = patience.now
    http = strava_http(settings.strava_api_base, now=now, metrics=metrics, transport=transport)
    quota = open_ledger(settings.redis_url, settings.strava_client_id, now=now, share=SHARES.ayda)
    outage = Outage(now, SqlOutage(database, StravaOutage, Watched.API), pause=to_next_quarter)
    return StravaClient(http, quota, outage, patience=patience)


def open_own_consents(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    quota: QuotaLedger,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None,
    transport: Transport | None,
) -> Consents:
    """Over the rows of this service; a receipt hears of each consent that is ended, the member of each that is lost."""

    def settled(session: Session, revocation_id: UUID, outcome: Outcome) -> None:
        ReceiptStore(session).settle_strava(revocation_id, outcome, now())

    def refreshed(session: Session, athlete_id: int, _fence: int) -> None:
        write_down(session, "refreshed", [athlete_id], now())

    def lost(session: Session, athlete_id: int, fence: int) -> None:
        write_down(session, "lost", [athlete_id], now())
        tell_lost(queue, session, athlete_id, fence)

    def given_up(session: Session, athlete_id: int) -> None:
        write_down(session, "revoked", [athlete_id], now(), named=False)

    return open_consents(
        Application(
            settings.strava_client_id, settings.strava_client_secret, settings.strava_oauth_base, settings.vault
        ),
        ConsentTables(StravaToken, Revocation, StravaOutage),
        database,
        queue,
        now=now,
        metrics=metrics,
        transport=transport,
        quota=quota,
        on_lost=lost,
        on_settled=settled,
        on_saved=refreshed,
        on_given_up=given_up,
    )


def open_telegram(settings: Settings, maker: Maker, session: BaseSession | None, metrics: Metrics) -> TelegramClient:
    """Telegram. Only where the bot is on: its library takes seconds to load, and 150 MB."""
    from ayda_service.messages.client import TelegramClient, calls_told, telegram_session  # noqa: PLC0415

    reached = session or telegram_session(settings.telegram.api_base)
    reached.middleware(calls_told(metrics))
    return TelegramClient(settings.bot_token, reached, maker=maker)


def open_subscription(
    settings: Settings,
    database: Database,
    strava: StravaClient,
    now: Callable[[], datetime],
    transport: Transport | None,
) -> SubscriptionKeeping | None:
    hooks = settings.webhooks
    if hooks is None:
        return None
    client = SubscriptionClient(strava, settings.strava_client_id, settings.strava_client_secret)
    probe = CallbackProbe(ApiClient(settings.public_url, "callback", transport=transport, now=now), hooks)
    return SubscriptionKeeping(database, client, probe, settings.public_url, hooks, now=now)


def open_predictor(
    settings: Settings, now: Callable[[], datetime], metrics: Metrics | None, transport: Transport | None
) -> PredictorClient | None:
    if settings.predictor_url is None:
        return None
    keys = settings.predictor_api_keys
    return PredictorClient(
        LineClient(
            settings.predictor_url,
            "predictor",
            headers=lambda: {API_KEY_HEADER: keys.sending(now())},
            transport=transport,
            internal=True,
            metrics=metrics,
            crowded_after_s=CROWDED_AFTER_S,
            now=now,
        )
    )
