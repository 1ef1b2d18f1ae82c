"""Assembling a service: one Litestar app with problems, health, metrics and schema, inside its request context."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.plugins import PluginProtocol
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send

from servicekit.base.logs import write_repeats
from servicekit.base.loop_lag import measured_loop
from servicekit.base.metrics import Metrics, metrics_route
from servicekit.data.patience import REQUEST_S
from servicekit.web.api_keys import ApiKeys
from servicekit.web.budget_gate import BudgetGate, Errand
from servicekit.web.budgets import Accounts
from servicekit.web.callers import Callers
from servicekit.web.context import RequestContext
from servicekit.web.flood import FloodGate, Rule
from servicekit.web.framing import Framing
from servicekit.web.health import Check, Notice, health_routes
from servicekit.web.limits import Limits
from servicekit.web.openapi import openapi_config
from servicekit.web.problems import ProblemTable, problem_handlers
from servicekit.web.proxies import LOOPBACK, BehindProxies, Proxies
from servicekit.web.slow_bodies import SlowBodies
from servicekit.web.validation import StrictRequest

JSON_LIMIT_BYTES: Final = 256 * 1024

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]] | AbstractAsyncContextManager[None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What every request meets before the routes."""

    callers: Callers = field(default_factory=lambda: Callers(ApiKeys()))
    """Who asks; the deadlines of services are taken."""
    accounts: Accounts | None = None
    """What each caller may ask; without them nobody is counted."""
    errands: Sequence[Errand] = ()
    flood_rules: Sequence[Rule] = ()
    max_duration_s: float | None = None
    slow_paths: Mapping[str, float] = field(default_factory=dict)
    """How many seconds requests below these may take instead."""
    database_wait_s: float = REQUEST_S
    proxies: Proxies = LOOPBACK
    """The machines whose word about their visitors is believed."""
    limits: Limits = field(default_factory=Limits)


class WebApp(RequestContext):
    """A service's ASGI app, ready for a server or a test client; `litestar` and `metrics` are its inside."""

    def __init__(
        self,
        litestar: Litestar,
        metrics: Metrics,
        *,
        edge: Edge,
        notice: Notice | None = None,
    ) -> None:
        layered = _layered(litestar, metrics, edge)
        super().__init__(
            layered,
            metrics=metrics,
            max_duration_s=edge.max_duration_s,
            trusts=edge.callers.is_service,
            database_wait_s=edge.database_wait_s,
            slow_paths=edge.slow_paths,
            notice=notice,
        )
        self.litestar = litestar
        self.proxies = edge.proxies
        self.metrics: Metrics = metrics

    async def beside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Its start and its end."""
        await super().beside(scope, receive, _in_one_line(send))


def _in_one_line(send: Send) -> Send:
    """What failed at the start, without the traceback that Litestar hands to the server for its log."""

    async def sending(message: Any) -> None:
        if message["type"] == "lifespan.startup.failed":
            # of a group of errors each line is drawn into a frame
            lines = (line.strip(" |+-") for line in str(message.get("message", "")).splitlines())
            message = {**message, "message": next(reversed([line for line in lines if line]), "")}
        await send(message)

    return sending


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
    edge: Edge | None = None,
) -> WebApp:
    """A complete app around the given routes.

    A request body may have `request_max_body_size` bytes, counted as they arrive; a handler that takes more says so
    itself: `@post(..., request_max_body_size=MAX_UPLOAD_BYTES)`. Contexts of `lifespan` are entered in order and left
    in reverse.
    """
    measured, notice = metrics or Metrics(), Notice()
    litestar = Litestar(
        route_handlers=[*route_handlers, *health_routes(checks or {}, notice=notice), metrics_route(measured)],
        exception_handlers=problem_handlers(problems),
        lifespan=[_telling_repeats(), *lifespan, lambda _app: measured_loop(measured), _telling_repeats()],
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
    return WebApp(litestar, measured, edge=edge or Edge(), notice=notice)


@asynccontextmanager
async def _telling_repeats() -> AsyncIterator[None]:
    """A server may end its process without a word to anybody: what was only counted is told before.

    Twice: what closes in between may wait for a database that is away until the server's patience ends.
    """
    try:
        yield
    finally:
        write_repeats()


def _layered(litestar: Litestar, metrics: Metrics, edge: Edge) -> ASGIApp:
    """The routes behind everything that a request meets before them; what is named last is met first."""
    inner: ASGIApp = SlowBodies(litestar, edge.limits.body_idle_s)
    if edge.flood_rules:
        counted = metrics.counter("requests_refused_as_flood", "Requests answered with 429.", ["prefix"])
        inner = FloodGate(inner, edge.flood_rules, counted, time.monotonic)
    if edge.accounts is not None:
        counted = metrics.counter("requests_refused_over_budget", "Requests answered with 429.", ["caller", "limit"])
        inner = BudgetGate(inner, edge.callers, edge.accounts, edge.errands, counted=counted, clock_s=time.monotonic)
    return Framing(BehindProxies(inner, edge.proxies), edge.limits)
