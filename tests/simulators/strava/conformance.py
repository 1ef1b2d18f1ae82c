"""A simulator with a clock in hand, and the few calls every conformance test makes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import httpx

from simulators.base.client import CallFailed
from simulators.strava import Simulator, create_app

START = datetime(2026, 6, 15, 10, 1, 0, tzinfo=UTC)
ALL_SCOPES = "read,profile:read_all,activity:read_all,activity:write"


@dataclass
class Callback:
    """The application's end of a subscription: echoes the challenge, and answers events with the statuses in hand."""

    statuses: list[int | None] = field(default_factory=list)
    handshake: str = "echo"
    asked: list[httpx.URL] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    posted: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    async def call(
        self, method: str, url: str, within_s: float, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        status = self._shake_hands(url) if method == "GET" else self._take(url, body, headers or {})
        if status is None:
            raise CallFailed(f"no answer within {within_s:g} s")
        challenge = self.asked[-1].params["hub.challenge"] if self.asked and self.handshake == "echo" else "wrong"
        return status, json.dumps({"hub.challenge": challenge}).encode()

    def _shake_hands(self, url: str) -> int | None:
        self.asked.append(httpx.URL(url))
        return {"silence": None, "500": 500}.get(self.handshake, 200)

    def _take(self, url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        self.called.append(url)
        self.posted.append(json.loads(body))
        self.bodies.append(body)
        self.headers.append(headers)
        return self.statuses.pop(0) if self.statuses else 200

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Strava:
    """The simulator, an HTTP client on it, and the callback that its subscription would call."""

    simulator: Simulator
    http: httpx.AsyncClient
    callback: Callback = field(default_factory=Callback)

    async def subscribe(self, **fields: str) -> httpx.Response:
        form = {
            "client_id": "4242",
            "client_secret": "simulated-secret",
            "callback_url": "http://app.test/hook?secret=s",
            "verify_token": "v",
        }
        return await self.http.post("/api/v3/push_subscriptions", data=form | fields)

    async def deliver(self, after_s: float = 0.0) -> list[dict[str, Any]]:
        """The events that arrive when so much time has passed."""
        self.simulator.clock.advance(after_s)
        before = len(self.callback.posted)
        await self.simulator.tick(self.callback)
        return self.callback.posted[before:]

    async def consent(
        self, athlete_id: int, *, scope: str = ALL_SCOPES, granted: Sequence[str] | None = None, **fields: str
    ) -> httpx.Response:
        form: dict[str, Any] = {
            "client_id": "4242",
            "redirect_uri": "http://localhost/callback",
            "response_type": "code",
            "scope": scope,
            "state": "s1",
            "athlete_id": str(athlete_id),
            "granted": list(scope.split(",") if granted is None else granted),
            "decision": "allow",
        }
        return await self.http.post("/oauth/authorize", data=form | fields)

    async def code(self, athlete_id: int, scope: str = ALL_SCOPES) -> str:
        answer = await self.consent(athlete_id, scope=scope)
        return str(httpx.URL(answer.headers["location"]).params["code"])

    async def token(self, **fields: str) -> httpx.Response:
        form = {"client_id": "4242", "client_secret": "simulated-secret"}
        return await self.http.post("/oauth/token", data=form | fields)

    async def connect(self, athlete_id: int, scope: str = ALL_SCOPES) -> dict[str, Any]:
        code = await self.code(athlete_id, scope)
        answer = await self.token(grant_type="authorization_code", code=code)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refresh(self, refresh_token: str) -> httpx.Response:
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token)

    async def get(self, path: str, token: str, **params: Any) -> httpx.Response:
        return await self.http.get(f"/api/v3{path}", params=params, headers={"Authorization": f"Bearer {token}"})


def strava_with(**options: Any) -> Strava:
    """A fresh simulated Strava at 2026-06-15 10:01 UTC; time moves only by `simulator.clock.advance`."""
    simulator = Simulator(now=lambda: START, **({"headerless_streams_every": 0} | options))
    callback = Callback()
    transport = httpx.ASGITransport(cast("Any", create_app(simulator, callback)))
    return Strava(simulator, httpx.AsyncClient(transport=transport, base_url="http://strava.test"), callback)


def fault(answer: httpx.Response) -> tuple[int, str, str, str, str]:
    """Status, message, resource, field and code of a Fault."""
    body = answer.json()
    (error,) = body["errors"]
    return answer.status_code, body["message"], error["resource"], error["field"], error["code"]
