"""The composition of the simulator's web application."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from simulators.base.client import Caller, HttpCaller
from simulators.base.clock import rounds
from simulators.strava.application.refusals import Refusal
from simulators.strava.simulator import Simulator
from simulators.strava.web import admin, admin_world, oauth, push_routes, read_routes, write_routes
from simulators.strava.web.answers import bad_body_answer, http_error_answer, refusal_answer
from simulators.strava.web.gate import Gate
from trackfiles import MAX_FILE_BYTES


def create_app(simulator: Simulator, caller: Caller | None = None) -> ASGIApp:
    """An ASGI application that serves this simulator: Strava's paths, and the admin pages under /_sim.

    `caller` reaches the callbacks of subscriptions, over HTTP without it. While the server's lifespan lasts, uploads
    are processed and events delivered as they fall due; without a lifespan `simulator.tick` does it on demand.
    """
    callback = caller or HttpCaller()
    application = Litestar(
        route_handlers=list(_handlers(oauth, read_routes, write_routes, push_routes, admin, admin_world)),
        dependencies={
            "simulator": Provide(lambda: simulator, sync_to_thread=False),
            "caller": Provide(lambda: callback, sync_to_thread=False),
        },
        exception_handlers={
            Refusal: refusal_answer,
            HTTPException: http_error_answer,
            msgspec.DecodeError: bad_body_answer,
        },
        lifespan=[rounds(simulator, callback)],
        request_max_body_size=MAX_FILE_BYTES + 1024 * 1024,
        openapi_config=None,
        logging_config=None,
    )
    application.asgi_handler = Gate(application.asgi_handler, simulator)
    return application


def _handlers(*modules: ModuleType) -> Iterator[HTTPRouteHandler]:
    """Every handler that these modules define."""
    for module in modules:
        yield from (found for found in vars(module).values() if isinstance(found, HTTPRouteHandler))
