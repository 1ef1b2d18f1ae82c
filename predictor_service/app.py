"""The predictor as an ASGI app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from litestar import Router

from predictor_service.accuracy.routes import accuracy_routes
from predictor_service.activities.routes import activity_routes
from predictor_service.athletes.routes import athlete_routes
from predictor_service.distributions.routes import distribution_routes
from predictor_service.erasure.routes import erasure_routes
from predictor_service.events.routes import event_routes
from predictor_service.guests.routes import guest_routes
from predictor_service.imports.routes import import_routes
from predictor_service.ops.service import open_desk
from predictor_service.outings.routes import outing_routes
from predictor_service.outings.service import OutingChoices
from predictor_service.parts import Parts, assemble
from predictor_service.paths.routes import path_routes
from predictor_service.predictions.routes import prediction_routes
from predictor_service.problems import PROBLEMS
from predictor_service.profiles.routes import profile_routes
from predictor_service.races.routes import race_routes
from predictor_service.routes.routes import route_routes
from predictor_service.settings import Settings
from predictor_service.sight.routes import alarm_routes
from predictor_service.strava.own_app.browser import too_many_page
from predictor_service.strava.own_app.routes import CALLBACK, own_app_routes
from predictor_service.sync.routes import sync_routes
from servicekit.base.clock import utc_now
from servicekit.base.logs import settings_of_process
from servicekit.base.metrics import Metrics
from servicekit.http.client import Transport
from servicekit.ops.routes import ops_errand, ops_routes, wrong_keys_rule
from servicekit.web.api_keys import api_key_guard
from servicekit.web.app import Edge, WebApp, build_app
from servicekit.web.budget_gate import PROBES, Errand
from servicekit.web.callers import Callers
from servicekit.web.doors import door

VERSION: Final = "0.1.0"
LONGEST_REQUEST_S: Final = 60.0
_CONNECTING: Final = Errand(CALLBACK, apart="connecting", refusal=too_many_page)


def create_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    strava_transport: Transport | None = None,
    ayda_transport: Transport | None = None,
    longest_request_s: float = LONGEST_REQUEST_S,
) -> WebApp:
    """The app of these settings, on a migrated database. `app.litestar.state.parts` is its inside.

    Its lifespan opens the database, writes the race catalogue into it and runs the jobs, unless the settings say that
    other processes do.
    """
    metrics = Metrics()
    transports = {"strava_transport": strava_transport, "ayda_transport": ayda_transport}
    parts = assemble(settings, now=now, metrics=metrics, **transports)
    guard = api_key_guard(settings.api_keys, now=now)
    desk = open_desk(settings, parts.database, parts.queue, parts.watchman, now=now)
    own = [] if parts.own_app is None else [own_app_routes(parts.own_app, guard, settings.public_url)]
    internal = Router("/api/v1/internal", route_handlers=_internal(parts, now), middleware=[door(guard)])
    return build_app(
        title="Predictor",
        version=VERSION,
        description="Reads what athletes have done and tells how long a route will take them.",
        route_handlers=[
            race_routes(parts.races),
            internal,
            sync_routes(parts.sync, guard),
            ops_routes(desk, PROBLEMS),
            *own,
        ],
        problems=PROBLEMS,
        lifespan=[lambda _app: parts.running(worker=settings.worker_embedded)],
        state={"parts": parts},
        checks=parts.checks(worker=settings.worker_embedded),
        metrics=metrics,
        edge=Edge(
            callers=Callers(settings.api_keys, now=now),
            accounts=parts.accounts,
            errands=(*PROBES, ops_errand(desk.name), _CONNECTING),
            flood_rules=(wrong_keys_rule(desk.name),),
            max_duration_s=longest_request_s,
            database_wait_s=settings.database_wait_s,
            proxies=settings.proxies,
        ),
    )


def from_environ() -> WebApp:
    """The app of this process's environment, for servers that want a factory."""
    return create_app(settings_of_process(Settings.from_environ))


def _internal(parts: Parts, now: Callable[[], datetime]) -> list[Router]:
    return [
        athlete_routes(parts.athletes, parts.changes),
        erasure_routes(parts.erasure),
        event_routes(parts.events, parts.changes),
        prediction_routes(parts.predictions, parts.files, parts.changes),
        profile_routes(parts.profiles),
        distribution_routes(parts.distributions),
        route_routes(parts.routes, parts.files, parts.changes),
        activity_routes(parts.activities, parts.files, parts.changes),
        outing_routes(parts.database, OutingChoices(parts.ledger.learn, now), parts.changes),
        path_routes(parts.database, parts.paths, parts.changes),
        import_routes(parts.imports, parts.changes),
        guest_routes(parts.guests),
        accuracy_routes(parts.database, parts.ledger, parts.changes, now),
        alarm_routes(parts.watchman),
    ]
