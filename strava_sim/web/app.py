"""The composition of the simulator's web application."""

from __future__ import annotations

from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from strava_sim.faults import StravaFault
from strava_sim.simulator import Simulator
from strava_sim.web import admin, api, oauth, upload_routes
from strava_sim.web.answers import fault_answer, http_error_answer
from strava_sim.web.gate import Gate
from trackfiles import MAX_FILE_BYTES

_MAX_BODY_BYTES = MAX_FILE_BYTES + 1024 * 1024

_OAUTH = (
    oauth.show_consent,
    oauth.decide_consent,
    oauth.give_tokens,
    oauth.revoke,
    oauth.deauthorize,
)
_API = (
    api.athlete,
    api.athlete_zones,
    api.athlete_stats,
    api.list_activities,
    api.activity_detail,
    api.activity_laps,
    api.activity_zones,
    api.activity_streams,
    upload_routes.create_upload,
    upload_routes.poll_upload,
)
_ADMIN = (
    admin.explain,
    admin.create_athlete,
    admin.show_athletes,
    admin.show_activities,
    admin.generate_activities,
    admin.add_file,
    admin.edit_activity,
    admin.delete_activity,
    admin.revoke_athlete,
    admin.expire_tokens,
    admin.show_clock,
    admin.advance_clock,
    admin.set_limits,
    admin.set_settings,
    admin.show_faults,
    admin.order_fault,
    admin.clear_faults,
    admin.show_requests,
    admin.clear_requests,
)


def create_app(simulator: Simulator) -> ASGIApp:
    """An ASGI application that serves this simulator: Strava's paths and the admin pages under /_sim."""
    application = Litestar(
        route_handlers=(*_OAUTH, *_API, *_ADMIN),
        dependencies={"simulator": Provide(lambda: simulator, sync_to_thread=False)},
        exception_handlers={StravaFault: fault_answer, HTTPException: http_error_answer},
        request_max_body_size=_MAX_BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )
    application.asgi_handler = Gate(application.asgi_handler, simulator)
    return application
