"""The sync put together, for the service's composition root."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol, TypeAlias
from uuid import UUID

from litestar import Router
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.strava.quota import Limits
from predictor_service.settings import Settings
from predictor_service.strava.ayda_client import AydaRunClient
from predictor_service.strava.client import StravaApi
from predictor_service.strava.token_source import OrderedTokenSource, Tokens
from predictor_service.sync.jobs import sync_jobs
from predictor_service.sync.plan import Portions
from predictor_service.sync.problems import SYNC_PROBLEMS
from predictor_service.sync.queueing import SyncJobs
from predictor_service.sync.reading import Profiles
from predictor_service.sync.routes import sync_routes
from predictor_service.sync.runner import Runner
from predictor_service.sync.service import SyncService
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.client import ApiClient
from servicekit.jobs import Job, JobQueue
from servicekit.strava.quota import MemoryQuotaStore, QuotaLedger, RedisQuotaStore
from servicekit.web.api_keys import api_key_guard
from servicekit.web.problems import ProblemTable

STRAVA_TIMEOUT_S: Final = 20.0
OWN_SHARE: Final = 2 / 3
"""Of the application's quota, while ayda counts for itself (brief 000); a shared store needs no split."""

Transport: TypeAlias = Any
"""An `httpx.AsyncBaseTransport` in place of the network."""


class OwnSource(Tokens, Protocol):
    """The own application as a source of tokens that has to be closed."""

    async def close(self) -> None:
        """Lets what is under way end."""
        ...


@dataclass(frozen=True, slots=True)
class Sync:
    """The sync as the service sees it: what to serve, what to run, and what a connection notice starts."""

    service: SyncService
    quota: QuotaLedger
    tokens: OrderedTokenSource
    routes: Sequence[Router]
    jobs: Sequence[Job]
    api: StravaApi
    ayda: AydaRunClient | None
    own_app: OwnSource | None
    problems: ProblemTable = field(default_factory=lambda: SYNC_PROBLEMS)

    async def start(self, athlete_id: UUID, *, session: AsyncSession) -> None:
        """Queues a sync of the athlete before all others, with the commit of `session`."""
        await self.service.start(athlete_id, session=session)

    async def look(self, athlete_id: UUID, *, session: AsyncSession) -> None:
        """Queues a look at the athlete's list, with the commit of `session`."""
        await self.service.look(athlete_id, session=session)

    def forget(self, telegram_id: str) -> None:
        """Drops the member's access token, also from memory."""
        self.tokens.drop(telegram_id)

    async def close(self) -> None:
        """Closes the connections to Strava, to ayda and to the quota's store."""
        await self.api.close()
        if self.ayda is not None:
            await self.ayda.close()
        if self.own_app is not None:
            await self.own_app.close()
        await self.quota.close()


def build_sync(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    profiles: Profiles,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None = None,
    strava_transport: Transport | None = None,
    ayda_transport: Transport | None = None,
    portions: Portions | None = None,
    own_app: OwnSource | None = None,
) -> Sync:
    """The sync over the service's database and queue; nothing is connected to before it is used.

    Tokens come from `own_app` first, where there is one, and else from ayda.
    """
    quota = _quota(settings, now)
    api = StravaApi(_strava_client(settings, now, metrics, strava_transport), quota, now)
    ayda = None
    if settings.ayda_url is not None:
        ayda = AydaRunClient(settings.ayda_url, settings.ayda_api_keys, now=now, transport=ayda_transport)
    tokens = OrderedTokenSource(*(source for source in (own_app, ayda) if source is not None))
    jobs = SyncJobs(queue, now)
    run = partial(Runner, database=database, api=api, tokens=tokens, profiles=profiles, jobs=jobs, now=now)
    service = SyncService(database, run(portions=portions or Portions()), jobs, quota, now)
    unasked = settings.background_sync_enabled and tokens.configured
    every_s = settings.sync_interval_minutes * 60.0 if unasked else None
    return Sync(
        service=service,
        quota=quota,
        tokens=tokens,
        routes=[sync_routes(service, api_key_guard(settings.api_keys, now=now))],
        jobs=sync_jobs(service, now, visit_every_s=every_s),
        api=api,
        ayda=ayda,
        own_app=own_app,
    )


def _quota(settings: Settings, now: Callable[[], datetime]) -> QuotaLedger:
    limits = Limits(read=settings.strava_read_limits, overall=settings.strava_overall_limits)
    if settings.redis_url is not None:
        return QuotaLedger(RedisQuotaStore(settings.redis_url.reveal()), now=now, limits=limits)
    return QuotaLedger(MemoryQuotaStore(), now=now, limits=limits, share=OWN_SHARE)


def _strava_client(
    settings: Settings, now: Callable[[], datetime], metrics: Metrics | None, transport: Transport | None
) -> ApiClient:
    return ApiClient(
        settings.strava_api_base,
        "strava",
        timeout_s=STRAVA_TIMEOUT_S,
        transport=transport,
        metrics=metrics,
        max_connections=10,
        now=now,
    )
