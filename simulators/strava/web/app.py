"""The composition of the simulator's web application."""

from __future__ import annotations

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from simulators.strava.push.courier import Caller
from simulators.strava.refusals import Refusal
from simulators.strava.simulator import Simulator
from simulators.strava.web import admin, admin_push, admin_world, api, oauth, push_routes, upload_routes, write_routes
from simulators.strava.web.answers import bad_body_answer, http_error_answer, refusal_answer
from simulators.strava.web.gate import Gate
from simulators.strava.web.rounds import Reach, rounds
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
    write_routes.create_activity,
    write_routes.update_activity,
    push_routes.create_subscription,
    push_routes.list_subscriptions,
    push_routes.delete_subscription,
)
_ADMIN = (
    admin.explain,
    admin.show_clock,
    admin.advance_clock,
    admin.set_limits,
    admin.set_settings,
    admin.show_faults,
    admin.order_fault,
    admin.clear_faults,
    admin.show_requests,
    admin.clear_requests,
    admin_world.create_athlete,
    admin_world.show_athletes,
    admin_world.show_activities,
    admin_world.generate_activities,
    admin_world.add_file,
    admin_world.edit_activity,
    admin_world.delete_activity,
    admin_world.revoke_athlete,
    admin_world.expire_tokens,
    admin_push.show_push,
    admin_push.set_push,
    admin_push.show_events,
    admin_push.deliver_events,
    admin_push.repeat_event,
)


def create_app(simulator: Simulator, caller: Caller | None = None) -> ASGIApp:
    """An ASGI application that serves this simulator: Strava's paths, and the admin pages under /_sim.

    `caller` reaches the callbacks of subscriptions, over HTTP without it. While the server's lifespan lasts, uploads
    are processed and events delivered as they fall due; without a lifespan `simulator.tick` does it on demand.
    """
    reach = Reach(caller)
    application = Litestar(
        route_handlers=(*_OAUTH, *_API, *_ADMIN),
        dependencies={
            "simulator": Provide(lambda: simulator, sync_to_thread=False),
            "reach": Provide(lambda: reach, sync_to_thread=False),
        },
        exception_handlers={
            Refusal: refusal_answer,
            HTTPException: http_error_answer,
            msgspec.DecodeError: bad_body_answer,
        },
        lifespan=[rounds(simulator, reach)],
        request_max_body_size=_MAX_BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )
    application.asgi_handler = Gate(application.asgi_handler, simulator)
    return application
