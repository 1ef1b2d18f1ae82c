"""Assembling a service: one Litestar app with problems, health, metrics and schema, inside its request context."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.plugins import PluginProtocol
from litestar.types import ASGIApp, ControllerRouterHandler

from servicekit.base.metrics import Metrics, metrics_route
from servicekit.web.context import RequestContext
from servicekit.web.flood import FloodGate, Rule
from servicekit.web.health import Check, health_routes
from servicekit.web.openapi import openapi_config
from servicekit.web.problems import ProblemTable, problem_handlers
from servicekit.web.validation import StrictRequest

JSON_LIMIT_BYTES: Final = 256 * 1024
FILE_LIMIT_BYTES: Final = 25 * 1024 * 1024

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]] | AbstractAsyncContextManager[None]


class WebApp(RequestContext):
    """A service's ASGI app, ready for a server or a test client; `litestar` and `metrics` are its inside."""

    def __init__(
        self,
        litestar: Litestar,
        metrics: Metrics,
        *,
        flood_rules: Sequence[Rule] = (),
        max_duration_s: float | None = None,
    ) -> None:
        inner: ASGIApp = litestar
        if flood_rules:
            counted = metrics.counter("requests_refused_as_flood", "Requests answered with 429.", ["prefix"])
            inner = FloodGate(litestar, flood_rules, counted, time.monotonic)
        super().__init__(inner, metrics=metrics, max_duration_s=max_duration_s)
        self.litestar = litestar
        self.metrics: Metrics = metrics


def build_app(
    *,
    title: str,
    version: str,
    route_handlers: Sequence[ControllerRouterHandler],
    problems: ProblemTable,
    description: str | None = None,
    lifespan: Sequence[Lifespan] = (),
    dependencies: Mapping[str, Provide | Callable[..., Any]] | None = None,
    state: Mapping[str, Any] | None = None,
    checks: Mapping[str, Check] | None = None,
    metrics: Metrics | None = None,
    plugins: Sequence[PluginProtocol] = (),
    request_max_body_size: int = JSON_LIMIT_BYTES,
    flood_rules: Sequence[Rule] = (),
    max_duration_s: float | None = None,
) -> WebApp:
    """A complete app around the given routes.

    A request body may have `request_max_body_size` bytes, counted as they arrive; a handler that takes more says so
    itself: `@post(..., request_max_body_size=FILE_LIMIT_BYTES)`. Contexts of `lifespan` are entered in order and left
    in reverse.
    """
    measured = metrics or Metrics()
    litestar = Litestar(
        route_handlers=[*route_handlers, *health_routes(checks or {}), metrics_route(measured)],
        exception_handlers=problem_handlers(problems),
        lifespan=list(lifespan),
        dependencies=dict(dependencies or {}),
        state=State(dict(state or {}), deep_copy=False),
        openapi_config=openapi_config(title, version, description),
        plugins=list(plugins),
        request_max_body_size=request_max_body_size,
        request_class=StrictRequest,
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )
    return WebApp(litestar, measured, flood_rules=flood_rules, max_duration_s=max_duration_s)
