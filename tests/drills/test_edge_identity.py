"""EDGE: identity before body. Nobody unidentified has a byte of a body received, at any operation of both services."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from litestar.routes import HTTPRoute

from ayda_service.webhook_settings import WEBHOOK_PATH, SignatureMode, WebhookSettings
from predictor_service.app import create_app as create_predictor
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.web.app import WebApp
from servicekit.web.openapi import SCHEMA_PATH
from tests.ayda.support import KEY_IN, KEY_OUT, MEMBER, init_data
from tests.drills.both_services import both_services, predictor_settings
from tests.drills.reporting import report
from tests.drills.test_x5_foreign_objects import PREDICTORS_PUBLIC, PUBLIC
from tests.predictor.support import lifespan_of
from tests.servicekit.strava.support import Clock

UNAUTHORIZED: Final = 401
DECLARED_BYTES: Final = 50 * 1024 * 1024
ANYBODYS: Final = {"HealthLive", "HealthReady", "Metrics", "Schema", "OperatorEnters"}
"""The last one is how somebody becomes an operator; who is wrong too often is refused with 429, unread too."""
PAGE: Final = {"Page", "MiniApp", "PageFile"}
AYDAS_PUBLIC: Final = ANYBODYS | PUBLIC | PAGE | {"StravaHandshake", "StravaEvent", "TelegramUpdate"}
"""Strava proves itself with its event, which is read at the address that it alone was given; see below. Telegram's
updates are taken nowhere while the bot is off."""
OF_NOBODY: Final = {"PredictForGuest", "PlanForGuest", "MakeGuestProfile", "Reforecast", "ReadTyped"}
"""A guest has no identity that a body could wait for: what their address may send is bounded instead."""
KINDS: Final = ("application/json", "application/gpx+xml", "multipart/form-data; boundary=x", "text/plain")


@dataclass
class Asked:
    """One request by hand, whose body is there to be taken by whoever asks for it."""

    status: int = 0
    received: int = 0
    code: bytes = b""
    taken: list[str] = field(default_factory=list)

    async def receive(self) -> Any:
        self.received += 1
        return {"type": "http.request", "body": b"{" * 65536, "more_body": True}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.code += message.get("body", b"")


async def ask(app: WebApp, method: str, path: str, headers: Mapping[str, str]) -> Asked:
    """The answer, and how often the body was asked for."""
    asked, path_only, query = Asked(), *(path.partition("?")[::2])
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path_only, "raw_path": path_only.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"t"), *raw], "client": ("203.0.113.9", 1), "server": ("t", 80), "state": {},
    }  # fmt: skip
    await app(scope, asked.receive, asked.send)
    return asked


def strangers(clock: Clock) -> dict[str, dict[str, str]]:
    """Everybody who is not who the routes of either service are for."""
    old = init_data(clock, MEMBER, age_s=3601)
    good = init_data(clock, MEMBER)
    return {
        "nothing": {},
        "wrong proof": {"Authorization": f"tma {good[:-4]}beef"},
        "expired proof": {"Authorization": f"tma {old}"},
        "other scheme": {"Authorization": f"Basic {good}"},
        "made-up session": {"Authorization": f"Bearer {MEMBER}.1.9999999999.{'A' * 43}"},
        "wrong key": {"X-API-Key": "wrong"},
        "empty key": {"X-API-Key": ""},
    }


def every_route(app: WebApp) -> Iterator[tuple[str, str, str]]:
    """Operation, method and an address of every route there is, published or not."""
    for route in app.litestar.routes:
        if not isinstance(route, HTTPRoute):
            continue
        address = route.path_format.format_map(dict.fromkeys(route.path_parameters, str(MEMBER)))
        for method, (handler, _) in route.route_handler_map.items():
            if method != "OPTIONS":  # Litestar's own, which does nothing
                name = "Schema" if address.startswith(SCHEMA_PATH) else str(handler.operation_id)
                yield name, method, address


async def matrix(app: WebApp, public: set[str], clock: Clock, others: Mapping[str, dict[str, str]]) -> list[Any]:
    """All requests that were not refused as unidentified, or whose body was asked for."""
    known, wrong, asked = list(every_route(app)), [], 0
    roles = {**strangers(clock), **others}
    for (name, method, address), (who, headers), kind in itertools.product(known, roles.items(), KINDS):
        body = {"Content-Type": kind, "Content-Length": str(DECLARED_BYTES)}
        answer = await ask(app, method, address, {**headers, **body})
        asked += 1
        refused = name in public or answer.status == UNAUTHORIZED
        if not refused or (answer.received and name not in OF_NOBODY):
            wrong.append((name, who, kind, answer.status, answer.received))
    report("EDGE identity", routes=len(known), requests=asked, wrong=len(wrong))
    assert {name for name, _, _ in known} >= public
    return wrong


async def test_ayda_receives_no_byte_of_a_body_before_it_knows_whose_it_is(tmp_path: Path):
    async with both_services(tmp_path) as both:
        others = {"key of the other direction": {"X-API-Key": KEY_OUT}}
        assert await matrix(both.ayda.app, AYDAS_PUBLIC, both.clock, others) == []


async def test_the_predictor_receives_no_byte_of_a_body_without_a_key(tmp_path: Path):
    own_app = {"strava_client_id": "77", "strava_client_secret": Secret("s"), "vault": Vault({"k": bytes(32)})}
    predictor, clock = create_predictor(predictor_settings(tmp_path, **own_app)), Clock()
    others = {
        "key of the other direction": {"X-API-Key": KEY_IN},
        "a member": {"Authorization": f"tma {init_data(clock, MEMBER)}"},
    }
    async with lifespan_of(predictor):
        assert await matrix(predictor, ANYBODYS | PREDICTORS_PUBLIC, clock, others) == []


@pytest.mark.parametrize("path", ["/api/v1/strava/complete", "/api/v1/strava/auth", "/api/v1/me"])
async def test_what_changes_a_connection_asks_for_a_fresh_proof_before_its_body(tmp_path: Path, path: str):
    method = {"/api/v1/strava/complete": "POST", "/api/v1/strava/auth": "GET", "/api/v1/me": "DELETE"}[path]
    async with both_services(tmp_path) as both:
        stale = {"Authorization": f"tma {init_data(both.clock, MEMBER, age_s=301)}"}
        answer = await ask(both.ayda.app, method, path, stale)
    assert (answer.status, answer.received) == (UNAUTHORIZED, 0)
    assert b"init_data_expired" in answer.code


@pytest.mark.parametrize(
    ("mode", "secret", "signature", "status"),
    [
        ("verify", "wrong", None, 404),
        ("verify", None, None, UNAUTHORIZED),
        ("require", "right", None, UNAUTHORIZED),
        ("require", "wrong", "t=1,v1=00", 404),
    ],
)
async def test_an_event_that_no_body_can_prove_is_refused_without_one(
    tmp_path: Path, mode: SignatureMode, secret: str | None, signature: str | None, status: int
):
    hooks = WebhookSettings(Secret("verify-token-of-this-test"), (Secret("signing-secret-16"),), mode)
    paths = {"right": hooks.callback_path.reveal(), "wrong": f"{WEBHOOK_PATH}/{'0' * 32}", None: WEBHOOK_PATH}
    async with both_services(tmp_path, webhooks=hooks) as both:
        headers = {} if signature is None else {"X-Strava-Signature": signature}
        answer = await ask(both.ayda.app, "POST", paths[secret], headers)
    assert (answer.status, answer.received) == (status, 0)
