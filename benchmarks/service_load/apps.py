"""What the servers of the benchmark serve; each function is an app factory of uvicorn."""

from __future__ import annotations

import os
from typing import Any

from litestar import Litestar, Router, get

import ayda_service.app
import ayda_service.settings
import predictor_service.app
import predictor_service.settings
from servicekit.base.clock import utc_now
from servicekit.base.logs import configure_logs
from servicekit.web.api_keys import ApiKeys, api_key_guard
from servicekit.web.app import build_app
from simulators.strava import Simulator
from simulators.strava import create_app as create_simulator_app


@get("/")
async def _hello() -> dict[str, str]:
    return {"status": "ok"}


def bare() -> Any:
    """Litestar and a JSON answer: what the ratios are to."""
    return Litestar([_hello], openapi_config=None, logging_config=None)


def empty() -> Any:
    """The frame of a service around the same answer, open at `/` and behind the API key at `/guarded`."""
    configure_logs("WARNING", "json")
    guard = api_key_guard(ApiKeys.parse(os.environ["CROSS_SERVICE_API_KEY"]), now=utc_now)
    guarded = Router("/guarded", route_handlers=[_hello], guards=[guard])
    return build_app(title="empty", version="1", route_handlers=[_hello, guarded], problems={})


def ayda() -> Any:
    """ayda, by its environment."""
    settings = ayda_service.settings.Settings.from_environ(os.environ)
    configure_logs(settings.log_level, settings.log_format, secrets=settings.secrets)
    return ayda_service.app.create_app(settings)


def predictor() -> Any:
    """The predictor, by its environment."""
    settings = predictor_service.settings.Settings.from_environ(os.environ)
    configure_logs(settings.log_level, settings.log_format, secrets=settings.secrets)
    return predictor_service.app.create_app(settings)


def strava() -> Any:
    """The simulated Strava."""
    return create_simulator_app(Simulator(now=utc_now, seed=4242))
