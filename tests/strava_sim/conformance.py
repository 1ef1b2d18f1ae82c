"""A simulator with a clock in hand, and the few calls every conformance test makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import httpx

from strava_sim import Simulator, create_app

START = datetime(2026, 6, 15, 10, 1, 0, tzinfo=UTC)
ALL_SCOPES = "read,profile:read_all,activity:read_all,activity:write"


@dataclass
class Strava:
    """The simulator and an HTTP client on it."""

    simulator: Simulator
    http: httpx.AsyncClient

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
    transport = httpx.ASGITransport(cast("Any", create_app(simulator)))
    return Strava(simulator, httpx.AsyncClient(transport=transport, base_url="http://strava.test"))


def fault(answer: httpx.Response) -> tuple[int, str, str, str, str]:
    """Status, message, resource, field and code of a Fault."""
    body = answer.json()
    (error,) = body["errors"]
    return answer.status_code, body["message"], error["resource"], error["field"], error["code"]
