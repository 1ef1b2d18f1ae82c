"""ayda as an ASGI app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from litestar import Router

from ayda_service.activities.routes import activity_routes
from ayda_service.hand_outs.routes import token_routes
from ayda_service.me.routes import own_data_routes
from ayda_service.members.jobs import Messenger
from ayda_service.parts import Parts, assemble
from ayda_service.predictions.routes import prediction_routes
from ayda_service.problems import PROBLEMS
from ayda_service.settings import WEBHOOK_PATH, Settings
from ayda_service.strava.browser import too_many_page
from ayda_service.strava.routes import connection_routes
from ayda_service.telegram.identity import Doorkeeper
from ayda_service.telegram.routes import session_routes
from ayda_service.uploads.routes import upload_routes
from ayda_service.webhooks.routes import webhook_routes
from servicekit.base.clock import utc_now
from servicekit.base.logs import settings_of_process
from servicekit.base.metrics import Metrics
from servicekit.http.client import Transport
from servicekit.web.api_keys import api_key_guard
from servicekit.web.app import WebApp, build_app
from servicekit.web.enumeration import Enumeration, watched
from servicekit.web.flood import Allowance, Rule, Visitors

LONGEST_REQUEST_S: Final = 60.0
EVENTS: Final = Allowance(burst=40_000, every_s=60 / 40_000)
"""Above the worst Sunday: 10,000 events within a minute, each three times."""
MISTAKES: Final = Allowance(burst=120, every_s=1.0)
"""Links that do not work, each of which costs a write. A club behind one address is rarely wrong."""
_BAD_LINK: Final = frozenset({400})


def create_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    strava_transport: Transport | None = None,
    predictor_transport: Transport | None = None,
    messenger: Messenger | None = None,
) -> WebApp:
    """The app of these settings, on a migrated database. `app.litestar.state.parts` is its inside.

    Its lifespan opens the database and runs the jobs, unless the settings say that other processes do.
    """
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
        route_handlers=[_for_members(parts, now), _for_the_predictor(parts, metrics, now), _for_strava(parts, metrics)],
        problems=PROBLEMS,
        lifespan=[lambda _app: parts.running(worker=settings.worker_embedded)],
        state={"parts": parts},
        checks=parts.checks(worker=settings.worker_embedded),
        metrics=metrics,
        flood_rules=_flood_rules(settings.bot_name),
        max_duration_s=LONGEST_REQUEST_S,
    )


def from_environ() -> WebApp:
    """The app of this process's environment, for servers that want a factory."""
    return create_app(settings_of_process(Settings.from_environ))


def _for_members(parts: Parts, now: Callable[[], datetime]) -> Router:
    settings = parts.settings
    doorkeeper = Doorkeeper(settings.bot_token, now=now)
    handlers = [
        activity_routes(parts.activities, doorkeeper),
        upload_routes(parts.uploads, doorkeeper),
        connection_routes(parts.connections, doorkeeper, settings.public_url, settings.bot_name),
        prediction_routes(parts.predictions, doorkeeper),
        own_data_routes(parts.own_data, doorkeeper),
        session_routes(doorkeeper),
    ]
    return Router("/api/v1", route_handlers=handlers)


def _for_the_predictor(parts: Parts, metrics: Metrics, now: Callable[[], datetime]) -> Router:
    guard = watched(api_key_guard(parts.settings.api_keys, now=now), Enumeration(metrics, now))
    return token_routes(parts.hand_outs, guard)


def _for_strava(parts: Parts, metrics: Metrics) -> Router:
    counted = metrics.counter("webhook_events", "Push events of Strava, by what became of them.", ["outcome"])
    return webhook_routes(parts.inbox, counted)


def _flood_rules(bot_name: str | None) -> tuple[Rule, ...]:
    """How much the public paths take from one address, of which Strava has few and is never to be kept out.

    What proves who sends it is never counted: a proof is cheap to refuse, and members share addresses with strangers.
    """
    strangers = Visitors(MISTAKES)
    refusal = partial(too_many_page, bot_name=bot_name)
    return (
        Rule(WEBHOOK_PATH, Visitors(EVENTS)),
        Rule("/api/v1/strava/callback", strangers, _BAD_LINK, refusal),
        Rule("/api/v1/strava/enter", strangers, _BAD_LINK, refusal),
    )
