"""The outermost layer: request log, faults on order, limits and their headers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qsl

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from strava_sim.fault_menu import PlannedFault
from strava_sim.faults import StravaFault, application_inactive, rate_limit_exceeded
from strava_sim.request_log import LoggedRequest
from strava_sim.simulator import Simulator

_SECRET_FIELDS = frozenset({"client_secret", "access_token", "refresh_token", "token", "code"})
_UNCOUNTED = ("/api/v3/oauth/", "/api/v3/push_subscriptions")
_WRITES = frozenset({"/api/v3/uploads", "/api/v3/activities"})
_LONGEST_DELAY_S = 120.0
_HTML_ERROR = b"<html><head><title>Error</title></head><body><h1>Strava is temporarily unavailable</h1></body></html>"


class Gate:
    """Around the application: every request outside /_sim is logged, may meet a fault and is counted."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator
        self._streams_answered = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and not scope["path"].startswith("/_sim"):
            await self._strava(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _strava(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        entry = self._entry(scope)
        self._simulator.request_log.add(entry)
        exchange = _Exchange(scope, receive, send, entry)
        fault = self._simulator.faults.next_for(scope["method"], scope["path"])
        if fault is not None:
            entry.fault = fault.kind
        if fault is None or fault.kind == "delay":
            if fault is not None:
                await asyncio.sleep(min(fault.seconds, _LONGEST_DELAY_S))
            await self._serve(exchange, send)
        else:
            await self._misbehave(exchange, fault)

    async def _serve(self, exchange: _Exchange, send: Send) -> None:
        headers, refusal = self._count(exchange)
        if refusal is not None:
            await _answer_fault(exchange.entry, send, refusal, headers)
            return
        if exchange.scope["path"].endswith("/streams") and self._simulator.headerless_streams_every:
            self._streams_answered += 1
            headers = {} if self._streams_answered % self._simulator.headerless_streams_every == 0 else headers
        await self._app(exchange.scope, exchange.receive, _with_headers(exchange.entry, send, headers))
        _note_outcome(exchange)

    def _count(self, exchange: _Exchange) -> tuple[dict[str, str], StravaFault | None]:
        """Only a request with a token of the application can be counted to it; refused ones count as well."""
        path, method = exchange.scope["path"], exchange.scope["method"]
        counted = path.startswith("/api/v3/") and not path.startswith(_UNCOUNTED)
        token = _bearer(exchange.scope)
        now_s = self._simulator.clock.now_s()
        access, known = self._simulator.authorizations.find_access(token, now_s)
        exchange.entry.athlete_id = None if access is None else access.athlete_id
        if not known or not (counted or path == "/oauth/deauthorize"):
            return {}, None
        exchange.entry.counted = True
        read = not (method == "POST" and path in _WRITES)
        served = self._simulator.quota.take(now_s, read=read)
        headers = self._simulator.quota.headers(now_s, read=read)
        if not served:
            return headers, rate_limit_exceeded()
        inactive = self._simulator.inactive and path.startswith("/api/v3/")
        return headers, application_inactive() if inactive else None

    async def _misbehave(self, exchange: _Exchange, fault: PlannedFault) -> None:
        if fault.after or fault.kind == "cut":
            kept: list[Message] = []
            await self._serve(exchange, _keeping(kept))
            if fault.kind == "cut":
                await _send_half(exchange, kept)
                return
        exchange.entry.status = None
        if fault.kind == "reset":
            await _break_off(exchange)
        elif fault.kind == "rate_limited":
            headers = self._simulator.quota.headers(self._simulator.clock.now_s(), read=True)
            await _answer_fault(exchange.entry, exchange.send, rate_limit_exceeded(), headers)
        elif fault.kind == "inactive":
            await _answer_fault(exchange.entry, exchange.send, application_inactive(), {})
        else:
            body = _HTML_ERROR if fault.kind == "html" else b""
            await _answer(exchange.entry, exchange.send, fault.status, body, {"Content-Type": "text/html"})

    def _entry(self, scope: HTTPScope) -> LoggedRequest:
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        agent = dict(scope["headers"]).get(b"user-agent", b"").decode("latin-1")
        return LoggedRequest(
            at=self._simulator.clock.now(),
            method=scope["method"],
            path=scope["path"],
            query={name: "***" if name in _SECRET_FIELDS else value for name, value in query},
            user_agent=agent,
        )


@dataclass(frozen=True, slots=True)
class _Exchange:
    scope: HTTPScope
    receive: Receive
    send: Send
    entry: LoggedRequest


def _bearer(scope: HTTPScope) -> str:
    header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _note_outcome(exchange: _Exchange) -> None:
    state = exchange.scope.get("state") or {}
    exchange.entry.grant_type = state.get("grant_type")
    exchange.entry.outcome = state.get("outcome")
    exchange.entry.athlete_id = exchange.entry.athlete_id or state.get("athlete_id")


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _with_headers(entry: LoggedRequest, send: Send, headers: dict[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry.status = message["status"]
            message["headers"] = [*message["headers"], *_raw(headers)]
        await send(message)

    return sending


def _keeping(kept: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        kept.append(message)

    return keep


async def _answer_fault(entry: LoggedRequest, send: Send, fault: StravaFault, headers: dict[str, str]) -> None:
    body = msgspec.json.encode(fault.body())
    await _answer(entry, send, fault.status, body, {"Content-Type": "application/json; charset=utf-8"} | headers)


async def _answer(entry: LoggedRequest, send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    entry.status = status
    raw = _raw(headers | {"Content-Length": str(len(body))})
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _break_off(exchange: _Exchange) -> None:
    """A server closes the connection when an answer is begun and never completed; in process it is an exception."""
    if "spec_version" not in exchange.scope["asgi"]:
        raise ConnectionResetError("The simulated Strava broke the connection.")
    headers = [(b"content-length", b"4096")]
    await exchange.send({"type": "http.response.start", "status": 200, "headers": headers})


async def _send_half(exchange: _Exchange, kept: list[Message]) -> None:
    exchange.entry.status = None
    if "spec_version" not in exchange.scope["asgi"]:
        raise ConnectionResetError("The simulated Strava cut its answer.")
    for message in kept:
        if message["type"] == "http.response.start":
            await exchange.send(message)
        elif message["type"] == "http.response.body":
            body = message["body"]
            await exchange.send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            return
