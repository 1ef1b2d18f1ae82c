"""Strava's push events as a test sends them, and the subscriptions it keeps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from sqlalchemy import select

from ayda_service.settings import Settings
from ayda_service.webhook_settings import WebhookSettings
from ayda_service.webhooks.models import WebhookEvent
from kernel.strava.webhooks import path_secret, sign
from servicekit.base.settings import Secret
from servicekit.jobs import Job, Snooze
from tests.ayda.support import EVENT_BATCH, Ayda, World

VERIFY_TOKEN = "canary-verify-token-EEEEEEEE"
SIGNING = ("canary-signing-secret-FFFFFFFF", "canary-signing-secret-GGGGGGGG")
SECRET_PATH = f"/webhooks/strava/{path_secret(VERIFY_TOKEN)}"
BARE_PATH = "/webhooks/strava"
DISCONNECTED = "/api/v1/internal/strava/disconnected"
OFF = WebhookSettings(Secret(VERIFY_TOKEN))
SECRETS = tuple(Secret(each) for each in SIGNING)
VERIFY = WebhookSettings(Secret(VERIFY_TOKEN), SECRETS, "verify")
REQUIRE = WebhookSettings(Secret(VERIFY_TOKEN), SECRETS, "require")
EVENT_TIME = 1_780_000_000


def event(owner_id: int, object_id: int = 16_000_000_001, aspect: str = "create", **more: Any) -> dict[str, Any]:
    """An event about an activity."""
    known = {"object_type": "activity", "object_id": object_id, "aspect_type": aspect, "owner_id": owner_id}
    return {**known, "subscription_id": 120475, "event_time": EVENT_TIME, "updates": {}, **more}


def deauthorisation(owner_id: int, **more: Any) -> dict[str, Any]:
    updates = {"authorized": "false"}
    return event(owner_id, owner_id, "update", object_type="athlete", updates=updates, **more)


async def post(
    ayda: Ayda, body: Mapping[str, Any] | bytes, path: str = SECRET_PATH, *, secret: str | None = None, age_s: float = 0
) -> httpx.Response:
    """Strava sends an event, signed with `secret`."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        headers["X-Strava-Signature"] = sign(secret, content, int(ayda.clock.now().timestamp() - age_s))
    return await ayda.http.post(path, content=content, headers=headers)


async def deliver(ayda: Ayda, body: Mapping[str, Any] | bytes, path: str = SECRET_PATH, **how: Any) -> httpx.Response:
    """As `post`, and again when the machine was too slow to store the event in time."""
    for _ in range(30):
        answer = await post(ayda, body, path, **how)
        if answer.status_code != 503:
            break
        await asyncio.sleep(0.2)
    return answer


async def send(ayda: Ayda, body: Mapping[str, Any], path: str = SECRET_PATH) -> None:
    """Strava sends an event and is told that it is kept."""
    answer = await deliver(ayda, body, path)
    assert answer.status_code == 200, answer.text


def job(ayda: Ayda, name: str) -> Job:
    parts = ayda.app.litestar.state["parts"]
    found: Job = next(each for each in parts.jobs if each.name == name)
    return found


async def run_job(ayda: Ayda, name: str, **args: Any) -> Snooze | None:
    """Runs a job once; the pause it asks for, if it does."""
    try:
        await job(ayda, name).run(args)
    except Snooze as snooze:
        return snooze
    return None


async def stored(ayda: Ayda) -> list[WebhookEvent]:
    """The inbox in the order of arrival."""
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return list(session.scalars(select(WebhookEvent).order_by(WebhookEvent.received_at, WebhookEvent.id)))


async def states(ayda: Ayda) -> list[str]:
    return [each.state for each in await stored(ayda)]


def told(ayda: Ayda) -> list[dict[str, Any]]:
    """The events the predictor was told of."""
    return [each for request in ayda.predictor.asked(EVENT_BATCH) for each in json.loads(request.content)["events"]]


@dataclass
class PushSubscriptions(httpx.AsyncBaseTransport):
    """Strava's endpoint for subscriptions; a creation asks the callback first. Everything else goes to `inner`."""

    inner: httpx.AsyncBaseTransport | None = None
    callback: Callable[[str, dict[str, str]], Awaitable[httpx.Response]] | None = None
    held: dict[int, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    down: bool = False
    hairpin: bool = True
    """Whether ayda reaches its own callback."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == SECRET_PATH:
            return await self._ask_callback(request)
        if not request.url.path.startswith("/api/v3/push_subscriptions"):
            assert self.inner is not None
            return await self.inner.handle_async_request(request)
        self.calls.append(request.method)
        if self.down:
            return httpx.Response(503, content=b"<html>", request=request)
        if request.method == "GET":
            known = [{"id": key, "callback_url": url} for key, url in self.held.items()]
            return httpx.Response(200, json=known, request=request)
        if request.method == "DELETE":
            gone = self.held.pop(int(request.url.path.rpartition("/")[2]), None)
            return httpx.Response(204 if gone else 404, request=request)
        return await self._create(request)

    async def _ask_callback(self, request: httpx.Request) -> httpx.Response:
        """ayda looks whether its callback answers."""
        if not self.hairpin:
            raise httpx.ConnectError("no way back in", request=request)
        assert self.callback is not None
        answer = await self.callback(str(request.url.copy_with(query=None)), dict(request.url.params))
        return httpx.Response(answer.status_code, content=answer.content, request=request)

    async def _create(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs((await request.aread()).decode()).items()}
        if self.held:
            return self._fault(request, "", "already exists")
        url, query = (
            form["callback_url"],
            {"hub.mode": "subscribe", "hub.challenge": "15f7d1a91c1f40f8a748fd134752feb3"},
        )
        assert self.callback is not None
        async with asyncio.timeout(2):
            answer = await self.callback(url, {**query, "hub.verify_token": form["verify_token"]})
        if answer.status_code != 200 or answer.json() != {"hub.challenge": query["hub.challenge"]}:
            return self._fault(request, "callback url", "not verifiable")
        key = 131_300 + len(self.calls)
        self.held[key] = url
        return httpx.Response(201, json={"id": key}, request=request)

    @staticmethod
    def _fault(request: httpx.Request, field_: str, code: str) -> httpx.Response:
        errors = [{"resource": "PushSubscription", "field": field_, "code": code}]
        return httpx.Response(400, json={"message": "Bad Request", "errors": errors}, request=request)


@dataclass
class Scene:
    """An ayda whose Strava has subscriptions, and can reach it for the handshake."""

    world: World
    settings: Settings
    strava: PushSubscriptions

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Ayda]:
        async with replace(self.world, strava=self.strava).running(self.settings) as ayda:

            async def handshake(url: str, query: dict[str, str]) -> httpx.Response:
                return await ayda.http.get(urlsplit(url).path, params=query)

            self.strava.callback = handshake
            yield ayda
