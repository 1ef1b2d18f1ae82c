"""The composition root of ayda: the one place that knows which parts there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from litestar import Router

from ayda_service.activities.routes import activity_routes
from ayda_service.activities.service import ActivityService
from ayda_service.allowances import flood_rules
from ayda_service.composition import Parts, assemble, running
from ayda_service.me.routes import own_data_routes
from ayda_service.members.jobs import Messenger
from ayda_service.predictions.client import PredictorClient
from ayda_service.predictions.routes import prediction_routes
from ayda_service.predictions.service import PredictionService
from ayda_service.problems import PROBLEMS
from ayda_service.settings import Settings
from ayda_service.strava.hand_out import TokenHandOutService
from ayda_service.strava.handover import Handovers
from ayda_service.strava.jobs import NoNotices, QueuedNotices
from ayda_service.strava.routes import connection_routes, token_routes
from ayda_service.strava.service import ConnectionService
from ayda_service.telegram.identity import Doorkeeper
from ayda_service.telegram.routes import session_routes
from ayda_service.uploads.routes import upload_routes
from ayda_service.uploads.service import UploadService
from ayda_service.uploads.wiring import CONSENT_PATH
from servicekit.base.clock import utc_now
from servicekit.base.metrics import Metrics
from servicekit.http.client import Transport
from servicekit.web.api_keys import api_key_guard
from servicekit.web.app import WebApp, build_app
from servicekit.web.enumeration import Enumeration, watched
from servicekit.web.health import Check
from servicekit.web.process import settings_of_process

CALLBACK_PATH = "/api/v1/strava/callback"
LONGEST_REQUEST_S: Final = 60.0


def create_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    strava_transport: Transport | None = None,
    predictor_transport: Transport | None = None,
    messenger: Messenger | None = None,
) -> WebApp:
    """The service as an ASGI app; transports stand in for the network in tests."""
    metrics = Metrics()
    parts = assemble(
        settings,
        now=now,
        metrics=metrics,
        strava_transport=strava_transport,
        predictor_transport=predictor_transport,
        messenger=messenger,
    )
    return build_app(
        title="ayda",
        version="1",
        description="The running club's backend: members, Strava connections, predictions in the chat.",
        route_handlers=_routes(settings, parts, metrics, now),
        problems=PROBLEMS,
        lifespan=[lambda _app: running(parts, worker=settings.worker_embedded)],
        checks=_checks(settings, parts),
        metrics=metrics,
        state={"parts": parts},
        flood_rules=flood_rules(settings.bot_name),
        max_duration_s=LONGEST_REQUEST_S,
    )


def _checks(settings: Settings, parts: Parts) -> dict[str, Check]:
    checks: dict[str, Check] = {"database": parts.database.ping}
    if settings.worker_embedded:
        checks["worker"] = parts.worker.check
    return checks


def _routes(settings: Settings, parts: Parts, metrics: Metrics, now: Callable[[], datetime]) -> list[Router]:
    doorkeeper = Doorkeeper(settings.bot_token, now=now)
    notices = NoNotices() if parts.predictor is None else QueuedNotices(parts.queue)
    connections = ConnectionService(
        parts.database,
        parts.oauth,
        parts.seals,
        notices,
        parts.revocations,
        handovers=Handovers(parts.database, now=now),
        redirect_uri=settings.public_url + CALLBACK_PATH,
        now=now,
    )
    predictor = None if parts.predictor is None else PredictorClient(parts.predictor)
    predictions = PredictionService(parts.database, predictor, now=now)
    hand_outs = TokenHandOutService(parts.database, parts.keeper, parts.audit)
    uploads = UploadService(
        parts.database,
        parts.queue,
        automatic=settings.strava_auto_upload,
        consent_url=settings.public_url + CONSENT_PATH,
        now=now,
    )
    activities = ActivityService(parts.database, parts.files, uploads, now=now)
    members = [
        activity_routes(activities, doorkeeper),
        upload_routes(uploads, doorkeeper),
        connection_routes(connections, doorkeeper, settings.public_url, settings.bot_name),
        prediction_routes(predictions, doorkeeper),
        own_data_routes(parts.own_data.service, doorkeeper),
        session_routes(doorkeeper),
    ]
    return [
        Router("/api/v1", route_handlers=members),
        token_routes(hand_outs, watched(api_key_guard(settings.api_keys, now=now), Enumeration(metrics, now))),
        parts.webhooks.routes,
    ]


def from_environ() -> WebApp:
    """The app of this process's environment, for servers that want a factory."""
    return create_app(settings_of_process(Settings.from_environ))


async def run_worker(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> None:
    """A process that only works on jobs, until cancelled."""
    parts = assemble(settings, now=now)
    async with running(parts, worker=False):
        await parts.queue.work(parts.jobs)
