"""Push events put together, for the composition root."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from litestar import Router

from ayda_service.settings import Settings
from ayda_service.webhooks.client import CallbackProbe, SubscriptionClient
from ayda_service.webhooks.consent import ConsentCheck, Keeper
from ayda_service.webhooks.forwarding import EndNotice, EventForwarding, EventListener
from ayda_service.webhooks.jobs import Tidying, WebhookJobs
from ayda_service.webhooks.routes import webhook_routes
from ayda_service.webhooks.service import Inbox
from ayda_service.webhooks.settings import PATH, WebhookSettings
from ayda_service.webhooks.subscription import SubscriptionKeeping
from servicekit.base.metrics import Metrics
from servicekit.base.settings import Secret
from servicekit.data.database import Database
from servicekit.http.client import ApiClient, Transport
from servicekit.jobs import Job, JobQueue


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What to serve, what to run, what to close."""

    inbox: Inbox
    routes: Router
    jobs: Sequence[Job]
    subscriptions: SubscriptionClient | None
    probe: CallbackProbe | None

    async def close(self) -> None:
        """Lets what is being stored end, and closes the connections."""
        await self.inbox.close()
        if self.subscriptions is not None:
            await self.subscriptions.close()
        if self.probe is not None:
            await self.probe.close()


def build_webhooks(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    keeper: Keeper,
    listener: EventListener | None,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None = None,
    transport: Transport | None = None,
) -> Webhooks:
    """Push events over the service's database and queue. Without a verify token their addresses answer 404."""
    metrics = metrics or Metrics()
    jobs = WebhookJobs(queue)
    inbox = Inbox(database, jobs, settings.webhooks, now=now)
    counted = metrics.counter("webhook_events", "Push events of Strava, by what became of them.", ["outcome"])
    client = None
    probe = None
    keeping = None
    if settings.webhooks is not None:
        api = ApiClient(settings.strava_api_base, "strava", transport=transport, metrics=metrics, now=now)
        client = SubscriptionClient(
            api, client_id=settings.strava_client_id, client_secret=settings.strava_client_secret
        )
        own = ApiClient(settings.public_url, "callback", transport=transport, now=now)
        verify_token = settings.webhooks.verify_token
        probe = CallbackProbe(own, callback_path(settings.webhooks), verify_token)
        keeping = SubscriptionKeeping(
            database,
            client,
            probe,
            callback_url=callback_url(settings.public_url, settings.webhooks),
            verify_token=verify_token,
            now=now,
        )
    work = [
        EventForwarding(database, jobs, listener).job(),
        ConsentCheck(database, jobs, keeper, now=now).job(),
        EndNotice(database, listener).job(),
        Tidying(database, jobs, now=now).job(),
        *(() if keeping is None else (keeping.job(),)),
    ]
    return Webhooks(inbox, webhook_routes(inbox, counted), work, client, probe)


def callback_url(public_url: str, settings: WebhookSettings) -> Secret:
    """Where Strava is to send events."""
    return Secret(f"{public_url}{callback_path(settings).reveal()}")


def callback_path(settings: WebhookSettings) -> Secret:
    """The callback below PUBLIC_URL."""
    return Secret(f"{PATH}/{settings.path_secret.reveal()}")
