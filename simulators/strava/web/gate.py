"""The outermost layer: request log, faults on order, limits and their headers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send

from simulators.strava.application.fault_menu import PlannedFault
from simulators.strava.application.refusals import Refusal, application_inactive, rate_limit_exceeded
from simulators.strava.application.request_log import LoggedRequest
from simulators.strava.simulator import Simulator
from simulators.strava.web.answers import bearer
from simulators.strava.web.trouble import FAULTS, Exchange, raw_headers

_SECRET_FIELDS = frozenset({"client_secret", "access_token", "refresh_token", "token", "code"})
_WRITES = frozenset({"/api/v3/uploads", "/api/v3/activities"})
_TOKEN_PATHS = ("/oauth/token", "/api/v3/oauth/token", "/oauth/revoke")
_NEW_API_HOSTS = ("api-v3.", "www.api-v3.")


class Gate:
    """Around the application: every request outside /_sim is logged, may meet a fault and is counted."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator
        self._streams_answered = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        saving = _before_the_start(send, lambda _start: self._simulator.save())
        if scope["path"].startswith("/_sim") or scope["path"] == "/":
            await self._app(scope, receive, saving)
        else:
            await self._strava(_without_new_host(scope), receive, saving)
        self._simulator.save()

    async def _strava(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        entry = self._entry(scope)
        self._simulator.request_log.add(entry)
        exchange = Exchange(scope, receive, send, entry, self._simulator)
        order = self._simulator.faults.next_for(scope["method"], scope["path"])
        if order is None:
            await self._serve(exchange)
        else:
            entry.fault = order.kind
            await self._misbehave(exchange, order)
        self._simulator.request_log.note(entry)

    async def _serve(self, exchange: Exchange) -> None:
        headers, refusal = self._count(exchange)
        if refusal is not None:
            await exchange.refuse(refusal, headers)
            return
        every = self._simulator.switches.headerless_streams_every
        if exchange.scope["path"].endswith("/streams") and every:
            self._streams_answered += 1
            headers = {} if self._streams_answered % every == 0 else headers

        def note(start: HTTPResponseStartEvent) -> None:
            state, entry = exchange.scope.get("state") or {}, exchange.entry
            entry.status = start["status"]
            entry.grant_type, entry.outcome = state.get("grant_type"), state.get("outcome")
            entry.athlete_id = entry.athlete_id or state.get("athlete_id")
            start["headers"] = [*start["headers"], *raw_headers(headers)]
            self._simulator.request_log.note(entry)

        await self._app(exchange.scope, exchange.receive, _before_the_start(exchange.send, note))

    def _count(self, exchange: Exchange) -> tuple[dict[str, str], Refusal | None]:
        """Only a request with a token of the application can be counted to it; refused ones count as well."""
        path, method = exchange.scope["path"], exchange.scope["method"]
        quota, now_s = self._simulator.quota, self._simulator.clock.now_s()
        inactive = application_inactive() if self._simulator.switches.inactive else None
        if path.startswith("/api/v3/push_subscriptions"):
            return quota.idle_headers(), inactive
        if path in _TOKEN_PATHS:
            if self._simulator.switches.token_requests_count:
                quota.take(now_s, read=False)
            return {}, None
        counted = path.startswith("/api/v3/") or path == "/oauth/deauthorize"
        token = bearer(_header(exchange.scope, b"authorization"))
        access, known = self._simulator.authorizations.find_access(token, now_s)
        exchange.entry.athlete_id = None if access is None else access.athlete_id
        if not known or not counted:
            return {}, None
        exchange.entry.counted = True
        read = not (method == "POST" and path in _WRITES)
        served = quota.take(now_s, read=read)
        headers = quota.headers(now_s, read=read)
        if not served:
            return headers, rate_limit_exceeded()
        return headers, inactive if path.startswith("/api/v3/") else None

    async def _misbehave(self, exchange: Exchange, order: PlannedFault) -> None:
        fault, kept = FAULTS[order.kind], list[Message]()

        async def keep(message: Message) -> None:
            kept.append(message)

        if fault.carried_out == "first" or (order.after and fault.carried_out == "never"):
            await self._serve(replace(exchange, send=keep))
        exchange.entry.status = None
        await fault.meet(exchange, order, kept)
        if fault.carried_out == "then":
            await self._serve(exchange)

    def _entry(self, scope: HTTPScope) -> LoggedRequest:
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return LoggedRequest(
            at=self._simulator.clock.now(),
            method=scope["method"],
            path=scope["path"],
            query={name: "***" if name in _SECRET_FIELDS else value for name, value in query},
            user_agent=_header(scope, b"user-agent"),
        )


def _before_the_start(send: Send, act: Callable[[HTTPResponseStartEvent], object]) -> Send:
    """What an answer says is written down and completed before it is heard."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            act(message)
        await send(message)

    return sending


def _header(scope: HTTPScope, name: bytes) -> str:
    return dict(scope["headers"]).get(name, b"").decode("latin-1")


def _without_new_host(scope: HTTPScope) -> HTTPScope:
    """The base announced for 2027 has a host of its own and no /api/v3 in front of its paths."""
    host = _header(scope, b"host")
    if host.startswith(_NEW_API_HOSTS) and not scope["path"].startswith(("/api/v3/", "/oauth/")):
        path = f"/api/v3{scope['path']}"
        scope["path"], scope["raw_path"] = path, path.encode()
    return scope
