"""A client of the predictor that runs in the test's own process."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx

from predictor_service.app import create_app
from predictor_service.parts import Parts
from predictor_service.settings import Settings
from servicekit.base.vault import Vault
from servicekit.web.budgets import Budget, RequestBudgets

VAULT = Vault({"k1": bytes(range(32))})
KEY = "canary-key-of-the-predictor-tests-000000"
INTERNAL = "/api/v1/internal"
UNHURRIED = RequestBudgets(Budget(1_000_000, 10_000), Budget(1_000_000, 10_000))
"""For tests that ask more in a minute than anybody would, and of other things than how much."""
GPX_TYPE = {"Content-Type": "application/gpx+xml"}


class Predictor:
    """Calls the app as ayda would; `settings` and `app` are what it runs with."""

    def __init__(self, http: httpx.AsyncClient, app: Any) -> None:
        self.http = http
        self.app = app

    @property
    def parts(self) -> Parts:
        """What the app is made of."""
        parts: Parts = self.app.litestar.state.parts
        return parts

    async def connected(self, telegram_id: str, athlete_id: int, **headers: str) -> httpx.Response:
        body = {"telegram_id": telegram_id, "athlete_id": athlete_id}
        return await self.http.post(f"{INTERNAL}/strava/connected", json=body, headers=headers)

    async def upload_route(self, gpx: bytes, **headers: str) -> httpx.Response:
        return await self.http.post(f"{INTERNAL}/routes", content=gpx, headers={**GPX_TYPE, **headers})

    async def upload_activity(
        self, gpx: bytes, telegram_id: str = "42", headers: dict[str, str] | None = None, **query: str
    ) -> httpx.Response:
        return await self.http.post(
            f"{INTERNAL}/activities",
            content=gpx,
            params={"telegram_id": telegram_id, **query},
            headers={**GPX_TYPE, **(headers or {})},
        )

    async def predict(self, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        return await self.http.post(f"{INTERNAL}/predict", json={"telegram_id": "42", **body}, headers=headers)

    async def profile(self, telegram_id: str = "42", **query: str) -> httpx.Response:
        return await self.http.get(f"{INTERNAL}/profile", params={"telegram_id": telegram_id, **query})

    async def profiles(self, *telegram_ids: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"{INTERNAL}/profiles/batch", json={"telegram_ids": telegram_ids, **body})


@asynccontextmanager
async def running(settings: Settings, now: Callable[[], datetime], **parts: Any) -> AsyncIterator[Predictor]:
    """The app with its lifespan, and a client that holds the key."""
    app = create_app(settings, now=now, **parts)
    async with lifespan_of(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://predictor", headers={"X-API-Key": KEY}
        ) as http:
            yield Predictor(http, app)


@asynccontextmanager
async def lifespan_of(app: Any) -> AsyncIterator[None]:
    """Starts the app and stops it again, as a server would; a failing start raises what the app says."""
    to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    running_app = asyncio.create_task(app(scope, to_app.get, from_app.put))
    try:
        await _phase("startup", to_app, from_app)
        try:
            yield
        finally:
            await _phase("shutdown", to_app, from_app)
    finally:
        await asyncio.gather(running_app, return_exceptions=True)


async def _phase(name: str, to_app: asyncio.Queue[dict[str, Any]], from_app: asyncio.Queue[dict[str, Any]]) -> None:
    await to_app.put({"type": f"lifespan.{name}"})
    answer = await from_app.get()
    if answer["type"] != f"lifespan.{name}.complete":
        raise RuntimeError(answer.get("message", name))


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The answer is this problem, complete and told in a sentence."""
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem.get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["detail"].endswith(".")
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


def assert_finite(value: Any) -> None:
    """No NaN and no infinity anywhere."""
    if isinstance(value, dict):
        for item in value.values():
            assert_finite(item)
    elif isinstance(value, list):
        for item in value:
            assert_finite(item)
    elif isinstance(value, float):
        assert math.isfinite(value)
